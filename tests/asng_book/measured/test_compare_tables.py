"""What is computed of the comparison of systems, on runs that are made up, and its figures."""

import itertools
import math
import re
from types import SimpleNamespace

import numpy as np
import pytest
from matplotlib.text import Text

from asng_book.measured import compare, compare_tables, labels, plot_compare, step_sizes
from asng_book.measured.compare import Bench, random_search
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.training.systems import SYSTEMS

NETWORKS, SEEDS = 30, 3


def bench(systems=tuple(SYSTEMS), seeds=SEEDS, better=None):
    """Return a made-up comparison; one system may be far better than the rest."""
    rng = np.random.default_rng(0)
    space = CellSpace(nodes=2, operations=("identity", "conv_1x1"), kinds=("normal",))
    true = 0.2 + 0.3 * rng.random(NETWORKS)
    known = SimpleNamespace(
        space=space,
        codes=np.array([[rng.integers(d.size) for d in space.decisions] for _ in range(NETWORKS)]),
        test_errors=true[:, None] + np.array([-0.01, 0, 0.01]),
        validation_errors=true[:, None] + 0.02 * rng.normal(size=(NETWORKS, 3)),
        parameters=rng.integers(100, 200, size=NETWORKS),
        seconds=np.full(NETWORKS, 6.0),
        tabulation=SimpleNamespace(seeds=3),
    )
    runs, curves = [], []
    for name, seed in itertools.product(systems, range(seeds)):
        shared = SYSTEMS[name].evaluator == "supernet"
        error = 0.3 + 0.01 * rng.random() - (0.1 if name == better else 0)
        runs.append(
            {
                "system": name, "seed": seed, "test_error": error, "rank": 3, "same_size": 0.33, "seconds": 10.0 + seed,
                "rank_correlation": 0.4 + 0.1 * rng.random() if shared else "", "trainings": 0 if shared else 20,
                "operations": 12 if shared else "", "saved_megabytes": 1.5 if shared else "",
            }
        )  # fmt: skip
        curves += [
            {"system": name, "seed": seed, "spent": n, "test_error": error + 0.1 / n, "identities": n % 3}
            for n in (2, 4, 6)
        ]
    return Bench(known, runs, curves, {"settings": {"epochs": 6}}, warmup=2)


# ---- statistics


def test_random_search_is_what_drawing_finds():
    made = bench()
    rng, drawn = np.random.default_rng(0), []
    for _ in range(6000):
        seen = rng.permutation(NETWORKS)[:5]
        observed = made.known.validation_errors[seen, rng.integers(3)]
        drawn.append(made.true[seen[observed.argmin()]])
    deviation = np.std(drawn) / math.sqrt(len(drawn))
    assert random_search(made, [5])[0] == pytest.approx(np.mean(drawn), abs=4 * deviation)


def test_random_search_of_one_is_the_mean_and_of_all_the_least_validation_error():
    made = bench()
    one, all_ = random_search(made, [1, NETWORKS])
    assert one == pytest.approx(made.true.mean())
    assert all_ == pytest.approx(made.true[made.known.validation_errors.argmin(axis=0)].mean())


# ---- the comparison


def test_every_system_has_a_family():
    members = [name for _, names in compare.FAMILIES.values() for name in names]
    assert sorted(members) == sorted(SYSTEMS)


def test_the_systems_stand_in_the_order_of_table_1():
    made = bench(systems=("random", "asng", "nasnet"))
    assert made.systems == ("nasnet", "asng", "random")
    assert made.supernets == ("asng", "random")


def test_a_run_too_many_does_not_count():
    made = bench()
    made.runs.append({**made.runs[0], "seed": SEEDS, "test_error": 9.0})
    assert made.seeds == SEEDS
    assert made.of(made.runs[0]["system"]).max() < 1


def test_who_is_far_better_is_told_apart_and_nobody_else():
    made = bench(systems=("asng", "darts", "snas", "enas"), seeds=8, better="snas")
    apart = {frozenset((pair.first, pair.second)) for pair in made.pairs() if pair.apart}
    assert apart == {frozenset(("snas", other)) for other in ("asng", "darts", "enas")}
    assert all((pair.gap < 0) == (pair.first == "snas") for pair in made.pairs() if pair.apart)


def test_the_mean_lies_in_its_interval_and_of_equal_values_it_is_the_interval():
    made = bench()
    mean = made.mean("asng")
    assert mean.low <= mean.value <= mean.high
    assert made.mean("asng", "same_size") == pytest.approx((0.33, 0.33, 0.33))


def test_a_course_has_what_all_runs_have():
    made = bench()
    del made.curves[2]  # nasnet, seed 0, at 6
    spent, found = made.course("nasnet")
    assert spent.tolist() == [2, 4]
    assert found.shape == (SEEDS, 2)


def test_a_supernets_course_begins_after_its_warmup_and_some_have_none():
    made = bench()
    assert made.course("asng")[0].tolist() == [4, 6]
    assert made.course("smash")[0].size == 0
    assert set(made.systems) - set(made.with_course) == {"smash", "spos", "random"}


def test_those_that_choose_at_the_end_are_those_with_final_steps():
    """And not NAO, which is not on a supernet here."""
    pytest.importorskip("torch")
    space = CellSpace(nodes=2, operations=("identity", "conv_1x1"), kinds=("normal",))
    late = [
        name
        for name, system in SYSTEMS.items()
        if system.evaluator == "supernet" and system.make().make(space, 0).final_steps
    ]
    assert sorted(late) == sorted(compare.AT_THE_END)


def test_identities_are_counted_by_the_names_of_operations():
    made = bench()
    for code, count in zip(made.known.codes, compare.identities(made), strict=True):
        cell = made.known.space.decode(code).cell("normal")
        assert count == sum(operation == "identity" for node in cell for _, operation in node)
    assert compare.slots(made) == 4


def test_a_card_says_what_was_paid():
    made = bench()
    shared, own = made.facts("asng"), made.facts("nasnet")
    assert (shared["operations"], shared["saved"], shared["seconds"]) == ("12", "1.5", "11")
    assert own["trainings"] == "20"
    assert "operations" not in own
    assert re.fullmatch(r"30\.\d % \(30\.\d–3[01]\.\d\)", shared["error"])


# ---- figures


@pytest.mark.parametrize(
    "draw",
    [
        plot_compare.table,
        plot_compare.clouds,
        plot_compare.anytime,
        lambda made: plot_compare.course(made, ("asng", "nasnet")),
        lambda made: plot_compare.skips(made, ("darts", "asng")),
        lambda made: plot_compare.correlations(made, 0.5),
        lambda made: plot_compare.pairs(made, made.pairs()),
    ],
    ids=["table", "clouds", "anytime", "course", "skips", "correlations", "pairs"],
)
def test_every_figure_is_drawn_in_both_themes_and_says_its_numbers(draw):
    shown = draw(bench())
    assert shown.light.startswith(b"<?xml")
    assert shown.dark != shown.light
    assert len([word for word in shown.alt.split() if any(letter.isdigit() for letter in word)]) >= 2


def test_names_beside_points_do_not_cover_each_other():
    made = bench()
    from asng_edu.nas.drawing import plot

    with plot.theme("light"):
        figure = plot_compare._draw_clouds(made, 5.6)
        figure.draw_without_rendering()
        names = {plot_compare.words(name) for name in made.systems}
        boxes = [
            Text.get_window_extent(one) for one in figure.axes[0].texts if one.get_text() in names
        ]  # less the lines
    assert len(boxes) == len(made.systems)
    covered = [
        (one, other)
        for one, other in itertools.combinations(boxes, 2)
        if min(one.x1, other.x1) - max(one.x0, other.x0) > 2 and min(one.y1, other.y1) - max(one.y0, other.y0) > 3
    ]
    assert not covered


# ---- other step sizes, and tables


def changed():
    """Return a bench, and three of its seeds at half and at twice the step of one system."""
    made = bench()
    runs = [
        {"factor": factor, "system": "asng", "seed": seed, "test_error": 0.2 + 0.01 * seed + 0.1 * factor}
        for seed in (2, 0, 1)
        for factor in (0.5, 2.0)
    ]
    return step_sizes.StepSizes(made, runs)


def test_a_system_at_its_own_step_is_that_of_the_bench_with_the_same_seeds():
    found = changed()
    assert (found.systems, found.seeds, found.factors) == (("asng",), [0, 1, 2], (0.5, 1.0, 2.0))
    np.testing.assert_array_equal(found.errors("asng", 1), found.bench.of("asng")[:3])
    np.testing.assert_allclose(found.errors("asng", 2.0), [0.4, 0.41, 0.42])
    means = [found.errors("asng", factor).mean() for factor in found.factors]
    assert found.spread("asng") == pytest.approx(max(means) - min(means))


def test_step_sizes_are_drawn_and_tables_have_a_line_for_each_system():
    found = changed()
    assert "ASNG" in step_sizes.draw(found).alt
    head, rule, *lines = compare_tables.of_systems(found.bench).splitlines()
    assert len(lines) == len(found.bench.systems)
    assert {line.count("|") for line in (head, rule, *lines)} == {6}
    cost = {"systems": {name: {"ratio": k} for k, name in enumerate(("asng", "darts"))}}
    assert compare_tables.of_steps(cost, found.bench).splitlines()[2].startswith("| DARTS")


# ---- names beside lines


def test_names_are_moved_as_little_as_need_be():
    values, gap = [0.0, 1.0, 1.2, 9.0, 9.1], 2.0
    found = np.array(labels.spread(values, gap))
    assert (np.diff(found) >= gap - 1e-12).all()
    for other in np.random.default_rng(0).normal(found, 0.5, size=(2000, 5)):
        if (np.diff(other) >= gap).all():
            assert ((found - values) ** 2).sum() <= ((other - values) ** 2).sum()


def test_names_with_room_stay_where_they_are():
    assert labels.spread([1, 4, 9], 2) == [1, 4, 9]
