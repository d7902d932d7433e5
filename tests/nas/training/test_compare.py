"""The systems on a space whose every network is known: whole tables, true ranks, the same rows after any end."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from asng_edu import cli
from asng_edu.jobs import rows
from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.compare import COLUMNS, compare, on_table, spearman
from asng_edu.nas.training.systems import SYSTEMS, Comparison
from asng_edu.nas.training.tabulate import tabulate
from asng_edu.nas.training.tabulation import SIGNALS, decision_name, networks_of

SMALL = SIGNALS.change(
    nodes=1, operations=("identity", "conv_1x1", "max_pool_1x3"), channels=2, epochs=1, images=400, batch=50, seeds=2
)
CODES = np.array(list(networks_of(SMALL.space)))
SUPERNETS = [name for name, system in SYSTEMS.items() if system.evaluator == "supernet"]


@pytest.fixture(scope="module")
def known() -> KnownSpace:
    """Return a space whose errors are made up: least in the middle of all networks."""
    true = 0.1 + np.abs(np.arange(len(CODES)) - len(CODES) // 2) / 100
    two = np.stack([true - 0.001, true + 0.001], axis=1)
    size = np.arange(len(CODES)) // 3
    return KnownSpace(SMALL, CODES, two, two, 100 + size, 10 * size, np.full(len(CODES), 2.0))


@pytest.fixture(scope="module")
def small(known: KnownSpace) -> Comparison:
    return Comparison(known=known, seeds=1, epochs=2, trainings=6, ranked=5)


@pytest.fixture(scope="module")
def compared(small: Comparison, tmp_path_factory: pytest.TempPathFactory) -> tuple[list[rows.Row], Path]:
    """Return the rows of all systems, and the folder of the comparison."""
    folder = tmp_path_factory.mktemp("compared")
    return compare(small, folder), folder


def without_clocks(found: list[rows.Row]) -> list[rows.Row]:
    return [{name: value for name, value in row.items() if name != "seconds"} for row in found]


def test_every_system_picks_a_network_and_its_rank_is_the_true_one(
    small: Comparison, compared: tuple[list[rows.Row], Path]
) -> None:
    found, folder = compared
    assert [row["system"] for row in found] == list(SYSTEMS)
    assert set(found[0]) == set(COLUMNS)
    means = small.known.test_errors.mean(axis=1)
    for row in found:
        code = list(map(int, row["pick"].split()))
        network = small.known.tabular().network([code])[0]
        assert row["test_error"] == pytest.approx(means[network])
        assert row["rank"] == 1 + (means < means[network] - 1e-12).sum()
        same = small.known.parameters == row["parameters"]
        assert row["same_size"] == pytest.approx(means[same].mean())
        assert (row["trainings"] == 0) == (row["evaluator"] == "supernet") == (row["operations"] is not None)
        assert -1 <= (row["rank_correlation"] or 0) <= 1
        trace = json.loads((folder / "traces" / f"{row['system']}-{row['seed']}.json").read_text())
        if row["evaluator"] == "supernet":
            assert len(trace) == small.epochs
        else:
            assert row["believed"] == min(trace["losses"])
            assert len(set(trace["networks"])) == row["trainings"] <= small.trainings
            assert len(trace["results"]) == row["steps"]


def test_methods_on_the_table_find_the_best_of_a_space_that_they_may_train_whole(known: KnownSpace) -> None:
    """With as many trainings as there are networks, evolution and random search miss the best in no seed."""
    for name in ("evolution", "random-table"):
        every = Comparison(known=known, systems=(name,), seeds=1, trainings=len(CODES))
        code, told, _ = on_table(every, name, 0)
        assert told["trainings"] == len(CODES)
        assert known.tabular().rank(code) == 1


def test_mixtures_run_more_than_paths(compared: tuple[list[rows.Row], Path]) -> None:
    found = {row["system"]: row for row in compared[0]}
    for name in ("darts", "darts2", "snas"):
        assert found[name]["operations"] > 2 * found["spos"]["operations"]
        assert found[name]["saved_megabytes"] > found["spos"]["saved_megabytes"]


def test_processes_and_kills_change_nothing(small: Comparison, tmp_path: Path) -> None:
    few = Comparison(known=small.known, systems=("sng", "evolution"), seeds=2, epochs=1, trainings=4, ranked=2)
    one = compare(few, tmp_path / "one")
    two = compare(few, tmp_path / "two", workers=2)
    assert without_clocks(one) == without_clocks(two)
    path = tmp_path / "two" / "compare.csv"
    path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2])
    assert without_clocks(compare(few, tmp_path / "two", resume=True)) == without_clocks(one)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"systems": ("adam2",)}, "must be one of"),
        ({"systems": ()}, "list of names"),
        ({"systems": ("asng", "asng")}, "twice"),
        ({"seeds": 0}, "seeds"),
        ({"epochs": 1.5}, "epochs"),
        ({"known": None}, "KnownSpace"),
    ],
)
def test_what_cannot_be_compared_is_refused(known: KnownSpace, changes: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        Comparison(**{"known": known, **changes})  # type: ignore[arg-type]


def test_a_table_goes_to_a_file_and_back(tmp_path: Path) -> None:
    tabulation = SMALL.change(operations=("identity", "max_pool_1x3"))
    found = tabulate(tabulation, tmp_path / "t.csv")
    known = KnownSpace.read(tmp_path / "t.csv")
    assert known.tabulation == tabulation
    assert known.test_errors.tolist() == [[row["test_error_0"], row["test_error_1"]] for row in found]
    assert known.parameters.tolist() == [row["parameters"] for row in found]
    table = known.tabular(seed=3)
    assert table.observed(known.codes).tolist() == known.validation_errors[:, 1].tolist()
    assert cli.main(["compare", "--table", str(tmp_path / "t.csv"), "--systems", "evolution", "--seeds", "1",
                     "--trainings", "3", "--out", str(tmp_path / "c")]) == 0  # fmt: skip


def test_codes_of_one_network_have_one_error(known: KnownSpace) -> None:
    table = known.tabular()
    for network, same in enumerate(networks_of(SMALL.space).values()):
        assert set(table.network(same)) == {network}
        assert len(set(table.losses(same))) == 1
    assert table.n_networks == len(CODES)


@pytest.mark.parametrize("damage", ["no record", "no table", "other networks", "a word for an error", "not a record"])
def test_a_damaged_table_of_networks_is_refused(known: KnownSpace, damage: str, tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    names = [decision_name(d.node, d.slot, d.what) for d in SMALL.space.decisions]
    options = [d.options for d in SMALL.space.decisions]
    head = [*names, "parameters", "multiply_adds", *(f"{w}_error_{s}" for w in ("validation", "test") for s in (0, 1))]
    lines = [[o[k] for o, k in zip(options, code, strict=True)] + ["1", "1"] + ["0.5"] * 4 + ["1"] for code in CODES]
    if damage == "other networks":
        lines.pop()
    if damage == "a word for an error":
        lines[1][-2] = "half"
    if damage != "no table":
        with path.open("w", newline="") as file:
            csv.writer(file).writerows([[*head, "seconds"], *lines])
    if damage != "no record":
        record = {"settings": [] if damage == "not a record" else SMALL.to_json(), "parts": [{"command": "x"}]}
        path.with_suffix(".json").write_text(json.dumps(record))
    with pytest.raises(ValueError, match=r"cannot be read|is not the table|must be an object|has the columns"):
        KnownSpace.read(path)


def test_spearman_is_scipys_where_scipy_is() -> None:
    stats = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    for _ in range(20):
        one, other = rng.integers(0, 5, (2, 12))
        assert spearman(one, other) == pytest.approx(stats.spearmanr(one, other).statistic, nan_ok=True)
