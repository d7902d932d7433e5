"""Compiled formulas: what is on disk is an option, used only with its sources; nothing that is given crashes Python."""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import asng_edu
from asng_book.measured.snr import step_direction
from asng_edu import Bernoulli, distributions, optimizers, problems
from asng_edu._common import compiled
from asng_edu.sweeps.trial import make_setting, new_trial, run_updates

RUN = """
import numpy as np
from asng_edu.sweeps.trial import make_setting, run_trial
print([run_trial(make_setting("asng", delta0=1.0, eps_x=0.05, dim=3, categories=3), np.random.SeedSequence(i))
       for i in range(3)])
"""
SMALL = "import asng_edu.optimizers.asng as a; print(a.trust_region(1.0, 2.0, 9.0, 4))"
ANSWER = "(0.5, 0.25)\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(asng_edu.__file__).parent, tmp_path / "asng_edu", ignore=ignored)
    return tmp_path


def run(folder: Path, code: str = RUN, **environment: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder), **environment}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kept(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.nbc"))


def test_code_is_kept_for_the_formulas_as_they_are(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(compiled, "__file__", str(copy / "asng_edu" / "_common" / "compiled.py"))
    now, store = compiled._fingerprint(), compiled._CodeOnDisk(copy / "formula")
    store.save("key", ["code"])
    assert store.load("key") == ["code"]
    for name, same in (("cli.py", True), ("optimizers/asng.py", False)):
        with (copy / "asng_edu" / name).open("a", encoding="utf-8") as source:
            source.write("\n# edited\n")
        assert (compiled._fingerprint() == now) == same
    monkeypatch.setattr(compiled, "_SOURCES", compiled._fingerprint())
    assert store.load("key") is None


@pytest.mark.slow
def test_an_edited_formula_reaches_the_loop_that_calls_it(copy: Path) -> None:
    """Even if a process that began before the edit stores its code after it."""
    file = copy / "asng_edu" / "optimizers" / "asng.py"
    text = file.read_text(encoding="utf-8")
    edited = text.replace("min(delta0 / Delta, delta_max)", "0.5 * min(delta0 / Delta, delta_max)")
    assert edited != text
    late = f"import asng_edu.sweeps.trial; open({str(file)!r}, 'w', encoding='utf-8').write({edited!r})\n{RUN}"
    before = run(copy, late)
    after = run(copy)
    assert after != before
    assert after == run(copy, NUMBA_DISABLE_JIT="1")


def test_an_edit_elsewhere_leaves_compiled_code_as_it_is(copy: Path) -> None:
    run(copy, SMALL)
    (file,) = kept(copy)
    before = file.stat().st_mtime_ns
    for module in ("cli.py", "nas/__init__.py"):
        with (copy / "asng_edu" / module).open("a", encoding="utf-8") as source:
            source.write("\n# edited\n")
    assert run(copy, SMALL) == ANSWER
    assert file.stat().st_mtime_ns == before


@pytest.mark.parametrize("damage", ["empty", "zeros", "truncated", "flipped"])
def test_damaged_code_is_not_loaded(tmp_path: Path, damage: str) -> None:
    pytest.importorskip("numba")
    store = compiled._CodeOnDisk(tmp_path / "formula")
    store.save("key", ["code"] * 100)
    (file,) = kept(tmp_path)
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    file.write_bytes({"empty": b"", "zeros": bytes(100), "truncated": whole[:middle], "flipped": flipped}[damage])
    assert store.load("key") is None


def test_damaged_code_on_disk_is_compiled_again(copy: Path) -> None:
    run(copy, SMALL)
    (file,) = kept(copy)
    file.write_bytes(file.read_bytes()[:100])
    assert run(copy, SMALL) == ANSWER
    assert len(file.read_bytes()) > 100, "it was not mended"
    before = file.stat().st_mtime_ns
    assert run(copy, SMALL) == ANSWER
    assert file.stat().st_mtime_ns == before, "it was compiled once more"


def test_a_full_disk(copy: Path) -> None:
    full = "from asng_edu._common import files\ndef full(*_, **__): raise OSError(28, 'No space left on device')\n"
    assert run(copy, f"{full}files.replace = full\n{SMALL}") == ANSWER
    assert run(copy, f"import tempfile\n{full}tempfile.TemporaryFile = full\n{SMALL}") == ANSWER


def test_without_a_place_for_compiled_code(copy: Path) -> None:
    nowhere = {"NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"}  # one that never finds a place here
    assert run(copy, SMALL, **nowhere) == ANSWER
    assert kept(copy) == []


def test_an_editors_lock_file_does_no_harm(copy: Path) -> None:
    try:
        (copy / "asng_edu" / "optimizers" / ".#asng.py").symlink_to("somebody@somewhere.1:1")
    except OSError:
        pytest.skip("links cannot be made here")
    run(copy, "import asng_edu.optimizers.asng")


# ------------------------------------------------------------------------------------------------ wrong arguments


def public_formulas() -> list[object]:
    """Return every function that its own face stands before, wherever it is."""
    found = {}
    for package in (distributions, optimizers, problems):
        for info in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
            for name, value in vars(importlib.import_module(info.name)).items():
                if inspect.isfunction(value) and hasattr(value, "__wrapped__"):
                    found[name] = value
    return [found[name] for name in sorted(found)]


FORMULAS = public_formulas()
SHAPES = [(), (0,), (1,), (2,), (3,), (200,), (2, 3), (3, 2), (0, 3), (1, 1, 1)]
anything = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, np.nan, np.inf, 0, 1, -1, 2**63, "2", None, True, [0.0, 1.0], object()]),
    st.builds(
        lambda shape, dtype, fill: np.full(shape, fill).astype(dtype),
        st.sampled_from(SHAPES),
        st.sampled_from(["float64", "int64", "float32", "bool", "complex128", "object"]),
        st.sampled_from([0, 1, 5, -1]),
    ),
)


def test_there_are_formulas_to_try() -> None:
    names = {formula.__name__ for formula in FORMULAS}  # type: ignore[attr-defined]
    assert {"natural_gradient", "accumulate", "adam_step", "categorical_sample", "selective_loss"} <= names


@pytest.mark.parametrize("formula", FORMULAS, ids=lambda formula: formula.__name__)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_whatever_a_formula_is_given_python_lives(formula, data) -> None:
    arguments = [data.draw(anything) for _ in inspect.signature(formula).parameters]
    try:
        formula(*arguments)
    except ValueError as error:
        assert str(error).startswith(formula.__name__)  # noqa: PT017


OFFSETS = np.array([0, 3, 5])
THETA = np.array([0.2, 0.3, 0.5, 0.5, 0.5])


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("mean_utility", (np.ones(200), np.empty(2))),
        ("mean_utility", (np.ones(2), np.empty(200))),
        ("rank_utility", (np.ones(200), np.empty(2))),
        ("natural_gradient", (np.ones((2, 3)), THETA, np.ones(2), np.empty(5))),
        ("natural_gradient", (np.ones((2, 5)), THETA, np.ones(200), np.empty(5))),
        ("is_informative", (np.ones(200), np.ones(2), 1.0)),
        ("accumulate", (np.zeros(200), np.ones(2), 1.0, 0.5)),
        ("accumulate", (np.zeros(2), np.ones(200), 1.0, 0.5)),
        ("natural_step", (np.zeros(200), np.ones(2), 1.0)),
        ("adam_step", (np.zeros(200), np.ones(2), np.ones(200), 1, np.ones(200), 1.0, 0.1)),
        ("categorical_cumulate", (THETA, 10**6 * OFFSETS, np.arange(2), np.zeros((2, 2)))),
        ("categorical_cumulate", (THETA, OFFSETS, np.full(2, 10**6), np.zeros((2, 2)))),
        ("categorical_sample", (np.zeros((2, 3)), np.zeros((2, 2)), np.zeros((2, 2), np.int64))),
        ("categorical_statistics", (np.full((2, 2), 10**6), OFFSETS, np.zeros((2, 5)))),
        ("categorical_fisher_sqrt", (THETA, OFFSETS, THETA[:2], THETA, np.empty(5))),
        ("categorical_fisher_sqrt", (THETA, 10**6 * OFFSETS, THETA, THETA, np.empty(5))),
        ("categorical_project", (THETA.copy(), 10**6 * OFFSETS, np.zeros(2))),
        ("bernoulli_fisher_sqrt", (np.ones(200), np.ones(2), np.ones(2))),
        ("gaussian_fisher_sqrt", (np.ones(200), np.ones(2), np.ones(2))),
        ("selective_loss", (np.ones((2, 3)), np.full(2, 10**6), np.ones(2))),
        ("selective_solved", (np.ones((2, 3)), np.full(200, 1))),
        ("selective_gradient", (np.ones((2, 3)), np.full((1, 2), 10**6), np.ones(2), np.empty((2, 3)))),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, arguments) -> None:
    formula = next(f for f in FORMULAS if f.__name__ == name)  # type: ignore[attr-defined]
    with pytest.raises(ValueError, match=name):
        formula(*arguments)


def test_the_loop_of_a_trial_looks_at_its_arrays_first() -> None:
    setting = make_setting("asng", delta0=1.0, eps_x=0.05, dim=4, categories=3)
    trial = new_trial(setting, np.zeros((4, 3)))
    u, z = np.zeros((5, 4, 4)), np.zeros((5, 2, 4))
    assert run_updates(setting, trial, u, z)
    wrong = [
        (setting, trial, u[:, :3], z), (setting, trial, u, z[:3]), (setting, trial, u[0], z), (setting, trial, None, z),
        (setting, trial, u.astype(np.float32), z), (None, trial, u, z), (setting, None, u, z),
        (setting._replace(lam=200), trial, u, z), (setting._replace(lam=0), trial, u[:, :0], z),
        (setting._replace(offsets=1000 * setting.offsets), trial, u, z), (setting._replace(pole=None), trial, u, z),
        *((setting, trial._replace(**{name: np.zeros(1)}), u, z) for name in trial._fields),
    ]  # fmt: skip
    for arguments in wrong:
        with pytest.raises(ValueError, match="run_updates"):
            run_updates(*arguments)


def test_a_family_of_ones_own_whose_statistics_are_too_narrow() -> None:
    class Narrow(Bernoulli):
        def statistics(self, samples):
            return super().statistics(samples)[:, :1]

    family = Narrow(300)
    optimizer = asng_edu.ASNG(family, seed=1)
    with pytest.raises(ValueError, match="statistics"):
        optimizer.tell(optimizer.ask(), [0.0, 1.0])
    for theta in (np.full(2, 0.5), np.full(1000, 0.5)):
        with pytest.raises(ValueError, match="theta"):
            step_direction(Bernoulli(3), theta, [[0, 0, 1], [1, 0, 0]], [0.0, 1.0])
