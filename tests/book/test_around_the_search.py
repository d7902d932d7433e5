"""The chapter "Around the search": its study, its data, its numbers and its exercises."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import optuna
import pytest

from asng_book.exercises.around_the_search import EXERCISES, luck_of_two
from asng_book.measured import tuning, tuning_rows
from asng_edu.jobs.errors import Diverged
from asng_edu.nas import KnownSpace

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "book" / "around_the_search.md"


@pytest.fixture(autouse=True)
def quiet():
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def bowl(trial):
    """Stand in for a search: a loss that is known, of the same settings."""
    for name, (low, high) in tuning.RANGES.items():
        trial.suggest_float(name, low, high, log=name not in tuning.LINEAR)
    trial.set_user_attr("loss", float(np.log(trial.params["rate"]) ** 2))
    return trial.user_attrs["loss"]


# ---- the study


def test_a_study_goes_on_where_it_stopped(tmp_path):
    whole, parts = tmp_path / "whole.journal", tmp_path / "parts.journal"
    tuning.run_trials(tuning.open_study(whole), bowl, 14)
    for count in (3, 11, 14, 14):
        tuning.run_trials(tuning.open_study(parts), bowl, count)
    one, other = (tuning.rows_of(tuning.open_study(path)) for path in (whole, parts))
    assert one == other
    assert len(one) == 14
    assert [row["seed"] for row in one] == list(range(14))


def test_a_search_that_diverges_fails_its_trial_and_the_study_goes_on(tmp_path):
    def sometimes(trial):
        if trial.number == 1:
            raise Diverged("no finite loss")
        return bowl(trial)

    study = tuning.open_study(tmp_path / "study.journal")
    tuning.run_trials(study, sometimes, 4)
    assert [trial.state.name for trial in study.trials] == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE", "COMPLETE"]
    assert [row["seed"] for row in tuning.rows_of(study)] == [0, 2, 3, 4]


SHARED = """
import sys
sys.path.insert(0, sys.argv[1])
from test_around_the_search import bowl, optuna, tuning
optuna.logging.set_verbosity(optuna.logging.ERROR)
tuning.run_trials(tuning.open_study(sys.argv[2]), bowl, 12, seed=int(sys.argv[3]))
"""


def test_two_processes_share_a_study(tmp_path):
    path = tmp_path / "study.journal"
    tuning.open_study(path)
    here = str(Path(__file__).parent)
    started = [
        subprocess.Popen([sys.executable, "-c", SHARED, here, str(path), seed], stderr=subprocess.PIPE, text=True)
        for seed in ("0", "1")
    ]
    said = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0], said
    found = tuning.rows_of(tuning.open_study(path))
    assert 12 <= len(found) <= 13  # the last trial of one may end while the other's begins
    assert len({row["rate"] for row in found}) == len(found)


def test_the_objective_is_the_one_shot_loss_of_a_search():
    default = tuning.settings(KnownSpace.load()).change(epochs=1, images=256)
    fixed = {"rate": 0.1, "weight_decay": 1e-4, "delta0": 0.5, "warmup": 0.3}
    trial = optuna.trial.FixedTrial(fixed, number=7)
    loss = tuning.objective(default)(trial)
    again = tuning.search(default.change(**fixed, seed=7))
    assert (loss, trial.user_attrs["pick"]) == (again.loss, again.pick)
    assert np.isfinite(loss)
    other = tuning.search(default.change(**fixed | {"rate": 0.4}, seed=7))
    assert other.loss != loss


# ---- the data


def test_the_data_are_what_the_ranges_and_the_table_say():
    measured, known = tuning_rows.read(), KnownSpace.load()
    table, default = known.tabular(), tuning.settings(known)
    assert len(measured.trials) == len(measured.defaults)
    assert {row["seed"] for row in measured.again} <= {row["seed"] for row in measured.defaults}
    for row in (row for rows in measured for row in rows):
        assert all(low <= row[name] <= high for name, (low, high) in tuning.RANGES.items())
        pick = list(map(int, row["pick"].split()))
        assert row["test_error"] == pytest.approx(float(table.scores([pick])[0]), abs=1e-5)
        assert row["rank"] == table.rank(pick)
    for row in measured.defaults:
        assert (row["rate"], row["weight_decay"], row["warmup"]) == (default.rate, default.weight_decay, default.warmup)
        assert row["delta0"] == default.strategy.delta0
    for row in measured.again:
        assert [row[name] for name in tuning.RANGES] == [measured.best[name] for name in tuning.RANGES]


def test_the_ranges_are_centred_on_the_defaults():
    default = tuning.settings(KnownSpace.load())
    for name in tuning.RANGES:
        value = getattr(default.strategy if name == "delta0" else default, name)
        assert tuning_rows.scaled(name, [value])[0] == pytest.approx(0.5)


# ---- the numbers


@pytest.mark.parametrize("n", [2, 5, 40])
def test_the_least_of_n_by_simulation(n):
    drawn = np.random.default_rng(n).normal(size=(100_000, n)).min(axis=1)
    assert tuning_rows.least_of(n) == pytest.approx(drawn.mean(), abs=0.01)
    assert tuning_rows.least_of(n) >= -np.sqrt(2 * np.log(n))


def test_what_is_explained_is_predicted_without_the_trial():
    """(T3) by its definition: a parabola fitted n times, each time to all other trials."""
    rng = np.random.default_rng(1)
    x = rng.random(20)
    y = 3 * (x - 0.4) ** 2 + 0.1 * rng.normal(size=20)
    ranks = y.argsort().argsort() + 1.0
    missed, whole = [], []
    for i in range(20):
        rest = np.arange(20) != i
        fit = np.polyfit(x[rest], ranks[rest], 2)
        missed.append(ranks[i] - np.polyval(fit, x[i]))
        whole.append(ranks[i] - ranks[rest].mean())
    assert tuning_rows.explained(x, y) == pytest.approx(1 - np.square(missed).sum() / np.square(whole).sum())


def test_noise_explains_nothing_and_its_interval_holds():
    rng = np.random.default_rng(2)
    shares, held = [], 0
    for _ in range(400):
        x, y = rng.random((2, 25))
        shares.append(tuning_rows.explained(x, y))
        found = tuning_rows.correlation(x, y)
        held += found.low < 0 < found.high
    assert -0.3 < np.mean(shares) < 0
    assert held / 400 == pytest.approx(0.95, abs=0.03)
    assert np.isnan(tuning_rows.explained([1, 2, 3], [1, 2, 3]))
    assert np.isnan(tuning_rows.correlation([1, 2, 3], [1, 2, 3]).low)


# ---- the page and its exercises


def test_the_verdicts():
    verdict = {name: each.verdict for name, each in EXERCISES.items()}
    assert luck_of_two() == pytest.approx(0.1 / np.sqrt(np.pi), rel=1e-6)
    assert verdict["around-the-search-1"](0.0564) is None
    assert verdict["around-the-search-2"]("(d)") is None
    assert all(verdict["around-the-search-2"](letter) for letter in "abc")
    x = np.linspace(0, 1, 30)
    assert verdict["around-the-search-3"]((x, (x - 0.5) ** 2)) is None
    assert "not hidden" in verdict["around-the-search-3"]((x, x))
    assert "explains only" in verdict["around-the-search-3"]((x, np.arange(30) % 2 * 1.0))
    assert "two rows" in verdict["around-the-search-3"](3)
    assert verdict["around-the-search-4"](29) is None
    assert verdict["around-the-search-4"](28)
    assert verdict["around-the-search-5"](3) is None
