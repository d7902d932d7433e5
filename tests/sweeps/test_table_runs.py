"""Methods on a table: against the same loop written out, and alike whatever else runs beside them."""

import re

import numpy as np
import pytest

from asng_edu import ASNG, RandomSearch
from asng_edu.optimizers.registry import OPTIMIZERS
from asng_edu.problems import Tabular
from asng_edu.sweeps.table_runs import COLUMNS, Plan, run

SIZES = (3, 2, 4)
RNG = np.random.default_rng(11)
TABLE = Tabular(SIZES, RNG.random(SIZES), maximize=True)
NOISY = Tabular(SIZES, RNG.random(SIZES), observed=RNG.random(SIZES), maximize=True)


def rows_of(runs, method, seed):
    return [row for row in runs.rows if (row["method"], row["seed"]) == (method, seed)]


@pytest.mark.parametrize("lam", [2, 4, 7])
@pytest.mark.parametrize("table", [TABLE, NOISY], ids=["seen", "seen through noise"])
def test_the_loop_written_out(table, lam):
    plan = Plan(methods=(f"asng:lam={lam}",), budget=30, seeds=2, seed=5)
    runs = run(table, plan)
    assert [row["seed"] for row in runs.rows] == [0] * len(plan.points()) + [1] * len(plan.points())
    for seed in range(2):
        rows = {row["evaluations"]: row for row in rows_of(runs, plan.methods[0], seed)}
        assert list(rows) == plan.points()
        asng = ASNG(table.categorical(), lam=lam, rng=np.random.default_rng(plan.run_seed(seed)))
        seen, found, evaluations = [], None, 0
        while evaluations < 30:
            mode = asng.mode() if asng.state.t else None
            codes = asng.ask(size=min(lam, 30 - evaluations))
            for place, code in enumerate(codes):
                evaluations += 1
                seen.append((table.observed([code])[0], len(seen), code))
                if table.rank(code) == 1 and found is None:
                    found = evaluations
                if len(codes) == lam and place == lam - 1:
                    asng.tell(codes, table.observed(codes))
                    mode = asng.mode()
                if evaluations in rows:
                    best = min(seen, key=lambda entry: entry[:2])[2]
                    row = rows[evaluations]
                    assert (row["best_score"], row["best_rank"]) == (table.scores([best])[0], table.rank(best))
                    expected = (None, None) if mode is None else (table.scores([mode])[0], table.rank(mode))
                    assert (row["mode_score"], row["mode_rank"]) == expected
        assert runs.found[plan.methods[0]][seed] == found


@pytest.mark.parametrize("method", OPTIMIZERS)
def test_every_method_runs_and_finds_the_best_of_a_few(method):
    runs = run(TABLE, methods=(method,), budget=400, seeds=5)
    assert all(tuple(row) == COLUMNS for row in runs.rows)
    assert [rows_of(runs, method, seed)[-1]["best_rank"] for seed in range(5)] == [1] * 5
    best = [row["best_score"] for row in rows_of(runs, method, 0)]
    assert best == sorted(best)  # of a score that is seen as it is


def test_random_search_would_give_the_best_it_has_seen():
    for row in run(NOISY, methods=("random:lam=2",), budget=64, seeds=3).rows:
        if row["evaluations"] % 2 == 0:
            assert (row["mode_score"], row["mode_rank"]) == (row["best_score"], row["best_rank"])
    assert RandomSearch(NOISY.categorical(), seed=0).mode().tolist() == [0, 0, 0]


def test_what_is_seen_leads_and_the_truth_is_reported():
    table = Tabular([2, 2], [0.0, 1.0, 2.0, 3.0], observed=[3.0, 2.0, 1.0, 0.0])
    last = run(table, methods=("random",), budget=100, seeds=1).rows[-1]
    assert (last["best_score"], last["best_rank"]) == (3.0, 4)


def test_results_do_not_depend_on_workers():
    plan = Plan(methods=("asng", "random", "sng:delta0=0.5"), budget=50, seeds=3)
    assert run(TABLE, plan, workers=2) == run(TABLE, plan)


def test_results_depend_neither_on_the_other_methods_nor_on_what_follows():
    both = run(TABLE, methods=("sng", "asng"), budget=100, seeds=3)
    alone = run(TABLE, methods=("asng",), budget=40, seeds=2)
    shared = {row["evaluations"] for row in alone.rows} & {row["evaluations"] for row in both.rows}
    assert len(shared) > 10
    for seed in range(2):
        seen = [[row for row in rows_of(runs, "asng", seed) if row["evaluations"] in shared] for runs in (both, alone)]
        assert seen[0] == seen[1]
    assert alone.rows != run(TABLE, methods=("asng",), budget=40, seeds=2, seed=1).rows


@pytest.mark.parametrize("budget", [1, 2, 9, 10, 99, 1000, 1001, 12345])
def test_points_end_with_the_budget(budget):
    points = Plan(budget=budget).points()
    assert points[-1] == budget
    assert points == sorted(set(points))
    assert all(point >= 1 for point in points)
    assert {10**k for k in range(5) if 10**k <= budget} <= set(points)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"methods": ()}, "methods must name one method"),
        ({"methods": ("asng", "asng")}, "methods must name one method or several different ones"),
        ({"methods": "asng"}, "methods must be a sequence"),
        ({"methods": ("sgd",)}, "method must be one of adam, asng"),
        ({"methods": ("asng:alpha=0",)}, "alpha must be a finite number above 0"),
        ({"budget": 0}, "budget must be a whole number of at least 1"),
        ({"budget": 10**9}, "budget must be at most 1,000,000"),
        ({"seeds": 0}, "seeds must be a whole number of at least 1"),
        ({"seed": -1}, "seed must be a whole number of at least 0"),
        ({"margin": "wide"}, "margin must be one of"),
        ({"margin": 0.4}, "margin must be one of"),
        ({"workers": 0}, "workers must be a whole number of at least 1"),
        ({"plan": Plan(), "budget": 3}, "not both: leave out budget"),
        ({"plan": 3}, "plan must be a Plan"),
    ],
)
def test_wrong_settings(settings, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        run(TABLE, **settings)


def test_what_is_no_table():
    with pytest.raises(ValueError, match="table must be a Tabular"):
        run([[0, 1]])
