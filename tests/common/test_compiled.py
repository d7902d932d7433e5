"""Compiled formulas: what is kept on disk is used only with the sources that it was compiled from."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import asng_edu

RUN = """
import numpy as np
from asng_edu.sweeps.trial import make_setting, run_trial
print([run_trial(make_setting("asng", delta0=1.0, eps_x=0.05, dim=3, categories=3), np.random.SeedSequence(i))
       for i in range(3)])
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(asng_edu.__file__).parent, tmp_path / "asng_edu", ignore=ignored)
    return tmp_path


def run(folder: Path, code: str = RUN, **settings: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(folder), **settings}
    done = subprocess.run([sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


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


def test_without_a_place_for_compiled_code(copy: Path) -> None:
    nowhere = {"NUMBA_CACHE_LOCATOR_CLASSES": "ZipCacheLocator"}  # one that never finds a place here
    code = "import asng_edu.sweeps.trial, asng_edu.optimizers.asng as a; print(a.trust_region(1.0, 2.0, 9.0, 4))"
    assert run(copy, code, **nowhere) == "(0.5, 0.25)\n"


def test_an_editors_lock_file_does_no_harm(copy: Path) -> None:
    try:
        (copy / "asng_edu" / "optimizers" / ".#asng.py").symlink_to("somebody@somewhere.1:1")
    except OSError:
        pytest.skip("links cannot be made here")
    run(copy, "import asng_edu.optimizers.asng")
