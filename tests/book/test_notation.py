"""Every code name on the notation page exists in the library."""

import importlib
import inspect
import re
from pathlib import Path

import pytest

import asng_edu
from asng_edu import ASNG, Categorical

PAGE = (Path(__file__).resolve().parents[2] / "book" / "notation.md").read_text(encoding="utf-8")
MODULES = ["", ".distributions.base", ".problems", ".sweeps.trial"]
MODULES += [".optimizers.natural_gradient", ".optimizers.base", ".optimizers.asng"]
MODULES += [".nas.spaces.cell_space", ".nas.spaces.price_list", ".nas.training.settings"]
EXAMPLES = {"Optimizer": ASNG(Categorical(3)), "Distribution": Categorical(3), "Categorical": Categorical(3)}


def code_names():
    """Return the names in the last column but one of the symbols, and all that look like one of ours elsewhere."""
    found = set()
    for table in re.findall(r"```\{list-table\}\n(.*?)```", PAGE, flags=re.DOTALL):
        cells = [
            re.findall(r"^(?:\* -|  -) ?(.*)$", row, flags=re.MULTILINE) for row in re.split(r"\n(?=\* -)", table)[1:]
        ]
        column = 2 if "symbols" in table else 3
        assert all(len(row) == 4 for row in cells)
        for row in cells[1:]:
            found.update(re.findall(r"`([^`]+)`", row[column]))
    found.update(re.findall(r"`((?:Distribution|Optimizer|Categorical|ASNG|SNG)[.(][^`]+)`", PAGE))
    shape = r"(?!math\.)[A-Za-z_]+([.(][A-Za-z_0-9]+\)?)?"
    return sorted(name for name in found if re.fullmatch(shape, name))


def look_up(name):
    """Return what one of the modules calls ``name``."""
    for module in MODULES:
        home = importlib.import_module("asng_edu" + module)
        try:
            found = getattr(home, name)
        except AttributeError:
            continue
        if not inspect.ismodule(found):
            return found
    raise AssertionError(f"the library has no {name}")


def test_the_page_names_enough():
    assert len(code_names()) > 40


@pytest.mark.parametrize("name", code_names())
def test_a_code_name_exists(name):
    owner, attribute, argument = re.fullmatch(r"(\w+)(?:\.(\w+)|\((\w+)\))?", name).groups()
    found = look_up(owner)
    if attribute:
        fields = {field for base in inspect.getmro(found) for field in getattr(base, "__annotations__", {})}
        assert hasattr(found, attribute) or attribute in fields or hasattr(EXAMPLES.get(owner), attribute)
    if argument:
        assert argument in inspect.signature(found).parameters


def test_a_wrong_name_would_be_noticed():
    with pytest.raises(AssertionError):
        look_up("no_such_name")
    with pytest.raises(AssertionError):
        test_a_code_name_exists("ASNG(no_such_argument)")
    with pytest.raises(AssertionError):
        test_a_code_name_exists("Info.no_such_field")


def test_every_symbol_of_algorithm_1_is_there():
    for symbol in (r"\alpha", r"\beta", r"\gamma", r"\Delta", r"\delta_\theta^0", "$s$", "$t$", r"n_\theta"):
        assert symbol in PAGE
    assert asng_edu.ASNG.__doc__ is not None


def test_the_equations_that_bring_symbols_before_the_method_are_there():
    for label in ("one-hot-layer", "bilevel", "one-error", "relaxations-mixture"):
        assert f"(#{label})" in PAGE
