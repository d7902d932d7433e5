"""Each file of the page *Add your own* is short, and what it adds works as if the library had it."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from asng_edu.cli import main
from asng_edu.nas import DATASETS, SPACES, STRATEGIES, LayerSpace, SearchSettings, Table, load, option
from asng_edu.nas.spaces.base import space_from_json
from asng_edu.nas.strategies.base import strategy_from_json
from asng_edu.nas.supernet.operations import OPERATIONS, style_of

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "examples").glob("*.py"))
REGISTRIES = (STRATEGIES, SPACES, DATASETS)
# What each file is for, as words of the command line.
WORDS = {
    "hill_climbing": ["--strategy", "hill-climbing", "--share", "0.5"],
    "on_off_space": ["--space", "on-off", "--depth", "3"],
    "dilated_convolution": ["--operations", "identity,dil_conv_3x3", "--nodes", "2"],
    "stripes": ["--data", "stripes"],
}
TINY = ["--images", "160", "--channels", "2", "--batch", "32", "--theta-batch", "32", "--epochs", "3"]
TINY += ["--warmup", "0.34", "--device", "cpu"]
PRESET = ["--preset", "clutter"]


@pytest.fixture(scope="module", autouse=True)
def added():
    """Import the files for the tests of this one, and forget them afterwards."""
    before = [set(registry) for registry in (*REGISTRIES, OPERATIONS)]
    for path in FILES:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        sys.modules[path.stem] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    yield
    for registry, names in zip((*REGISTRIES, OPERATIONS), before, strict=True):
        for name in set(registry) - names:
            registry.pop(name) if registry is OPERATIONS else registry.remove(name)
    for path in FILES:
        del sys.modules[path.stem]


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def record(folder, kind="search"):
    """Return a record without what differs from run to run."""
    found = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
    for line in found["history"]:
        line.pop("steps_per_second")
    return {name: value for name, value in found.items() if name not in ("provenance", "resumed", "seconds")}


def test_every_file_is_tried_and_stands_on_the_page():
    assert [path.stem for path in FILES] == sorted(WORDS)
    page = (ROOT / "book" / "extending.md").read_text(encoding="utf-8")
    assert all(f"../examples/{path.name}" in page for path in FILES)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_at_most_forty_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 40


def test_the_command_line_names_what_was_added(capsys):
    with pytest.raises(SystemExit):
        main(["search", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "share of decisions drawn anew (default: 0.2)" in told
    assert "convolutions that can be on (default: 4)" in told
    assert "--strategy hill-climbing" in told
    assert "stripes" in told


@pytest.mark.parametrize("name", WORDS)
def test_a_search_by_command_line_from_its_start_to_the_trained_network(tmp_path, capsys, name):
    whole, parts, trained = (tmp_path / part for part in ("whole", "parts", "trained"))
    words = ["search", *PRESET, *TINY, *WORDS[name]]
    assert main([*words, "--out", str(whole)]) == 0
    assert (whole / "cell.svg").read_text(encoding="utf-8").lstrip().startswith("<")
    assert main([*words, "--out", str(parts), "--stop-after", "0.001"]) == 0
    assert main(["search", "--out", str(parts), "--resume", "--stop-after", "0.001"]) == 0
    assert main(["search", "--out", str(parts), "--resume"]) == 0
    found = record(whole)
    assert found == record(parts)
    settings = SearchSettings.from_json(found["settings"])
    assert settings.to_json() == found["settings"]
    assert settings.space.choice_from_json(found["genotype"]).to_json() == found["genotype"]
    assert main(["cell", str(whole / "search.json")]) == 0
    training = ["--images", "160", "--epochs", "1", "--batch", "32", "--channels", "2", "--cells", "2"]
    assert main(["retrain", str(whole), "--preset", "small", *training, "--out", str(trained)]) == 0
    capsys.readouterr()
    assert main(["evaluate", str(trained), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["test_error"] == record(trained, "retrain")["test_error"]


SPACE = LayerSpace(layers=6, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
BEST = (2, 0, 1, 1, 2, 0)


def test_hill_climbing_finds_a_planted_optimum():
    codes = [tuple(map(int, np.base_repr(number, 3).zfill(6))) for number in range(SPACE.size)]
    table = Table(SPACE, {code: float(np.not_equal(code, BEST).sum()) for code in codes})
    strategy = STRATEGIES["hill-climbing"]().make(SPACE, seed=0)
    while table.evaluations < 300:
        strategy.learn(table)
    assert tuple(SPACE.encode(strategy.result())) == BEST


@pytest.mark.parametrize(
    ("read", "value", "says"),
    [
        (strategy_from_json, {"name": "hill-climbing", "share": 2}, "share must be a number from 0 to 1, but is 2"),
        (strategy_from_json, {"name": "hill-climbing", "share": "x"}, "share must be a number, but is 'x'"),
        (strategy_from_json, {"name": "hill-climbing", "shares": 1}, "hill-climbing has share, but this one has"),
        (space_from_json, {"name": "on-off", "depth": 0}, "depth must be a whole number of at least 1, but is 0"),
        (space_from_json, {"name": "on-off", "depth": 10**30}, "depth must be at most 100"),
        (load, "stripes:5", "data set must be one of .*stripes, but is 'stripes:5'"),
    ],
)
def test_settings_out_of_range_are_refused_in_a_sentence(read, value, says):
    with pytest.raises(ValueError, match=says):
        read(value)


def test_the_operation_is_drawn_in_its_own_style():
    assert style_of("dil_conv_3x3").words == "3×3 dilated convolution"


def run(*words, **options):
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'book'}"}
    return subprocess.run(
        [sys.executable, *map(str, words)], capture_output=True, text=True, env=environment, **options
    )


def test_a_file_is_a_command_of_its_own_whose_record_says_so(tmp_path, capsys):
    words = ["search", *PRESET, *TINY, *WORDS["hill_climbing"], "--out", tmp_path / "run", "--stop-after", "0.001"]
    ran = run(ROOT / "examples" / "hill_climbing.py", *words)
    assert ran.returncode == 0, ran.stderr
    command = json.loads((tmp_path / "run" / "search.json").read_text(encoding="utf-8"))["provenance"]["command"]
    assert command.startswith("python ")
    assert "hill_climbing.py search --preset clutter" in command
    added = STRATEGIES["hill-climbing"]
    STRATEGIES.remove("hill-climbing")
    try:
        assert main(["search", "--resume", "--out", str(tmp_path / "run")]) == 2
        known = ", ".join(STRATEGIES)
    finally:
        STRATEGIES.register("hill-climbing")(added)
    assert f"strategy must be one of {known}, but is 'hill-climbing'" in capsys.readouterr().err


def test_files_that_are_moved_into_the_library_are_found_by_themselves(tmp_path):
    shutil.copytree(ROOT / "asng_edu", tmp_path / "asng_edu")
    for name, room in (("hill_climbing", "strategies"), ("on_off_space", "spaces"), ("stripes", "data/sets")):
        text = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8")
        (tmp_path / "asng_edu" / "nas" / room / f"{name}.py").write_text(text.partition("\n\nif __name__")[0] + "\n")
    code = (
        "from asng_edu.nas import *; print(SearchSettings(strategy='hill-climbing', space='on-off', data='stripes'))\n"
        "from asng_edu.cli import main; main(['search', '--help'])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert "share=0.2" in ran.stdout, ran.stderr
    assert "--strategy hill-climbing" in ran.stdout, ran.stderr


def test_an_option_has_no_name_that_every_search_has_already(capsys):
    @STRATEGIES.register("greedy")
    @dataclass(frozen=True, kw_only=True)
    class Greedy(type(STRATEGIES["hill-climbing"]())):
        rate: float = option(0.5, "what is taken by another")

    try:
        with pytest.raises(ValueError, match=r"every search has the option rate: .* the strategy greedy must call"):
            SearchSettings(strategy="greedy")
        assert main(["search", "--strategy", "greedy", "--rate", "0.1"]) == 2
        assert "every search has the option rate" in capsys.readouterr().err
    finally:
        STRATEGIES.remove("greedy")


@pytest.mark.parametrize(
    ("plugin", "tests"),
    [
        ("hill_climbing", "strategies/test_strategies.py"),
        pytest.param("on_off_space", "spaces/test_spaces.py", marks=pytest.mark.slow),
        pytest.param("dilated_convolution", "supernet/test_operations.py", marks=pytest.mark.slow),
    ],
)
def test_the_librarys_own_tests_run_over_what_is_added(plugin, tests):
    path = ROOT / "examples" / f"{plugin}.py"
    name = {"hill_climbing": "hill-climbing", "on_off_space": "on-off", "dilated_convolution": "dil_conv_3x3"}[plugin]
    code = f"import sys, pytest; sys.path.insert(0, {str(path.parent)!r}); sys.exit(pytest.main(sys.argv[1:]))"
    ran = run("-c", code, "-q", "-p", plugin, "-p", "no:cacheprovider", "-k", name, f"tests/nas/{tests}", cwd=ROOT)
    assert ran.returncode == 0, ran.stdout
    assert " passed" in ran.stdout
