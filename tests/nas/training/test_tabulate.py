"""Tables of all networks of a space: every network once, the same errors whoever trains it, resumable."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path

import pytest

from asng_edu import cli
from asng_edu.jobs.errors import RunError
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.spaces.isomorphism import networks
from asng_edu.nas.training.tabulate import tabulate
from asng_edu.nas.training.tabulation import SIGNALS, Tabulation, networks_of

SMALL = SIGNALS.change(nodes=1, operations=("identity", "max_pool_1x3"), epochs=1, images=400, batch=50, seeds=2)
TIMES = ("seconds",)


def errors(path: Path) -> list[list[str]]:
    """Return the rows without what a clock has said."""
    head, *lines = csv.reader(path.read_text().splitlines())
    kept = [place for place, name in enumerate(head) if name not in TIMES]
    return [[line[place] for place in kept] for line in (head, *lines)]


@pytest.mark.parametrize("nodes", [1, 2])
@pytest.mark.parametrize("operations", [("identity",), ("identity", "conv_1x1"), ("identity", "conv_1x1", "conv_3x3")])
def test_every_network_of_a_space_is_found_once(nodes: int, operations: tuple[str, ...]) -> None:
    space = CellSpace(nodes=nodes, kinds=("normal",), operations=operations)
    found = networks_of(space)
    assert len(found) == networks(space)
    codes = list(itertools.chain(*found.values()))
    assert len(codes) == len(set(codes)) == space.size
    assert all(first == mine[0] == min(mine) for first, mine in found.items())


def test_the_space_of_the_table_has_as_many_networks_as_the_book_says() -> None:
    assert (SIGNALS.space.size, len(networks_of(SIGNALS.space))) == (1536, 1092)


def test_a_table_does_not_depend_on_workers_and_goes_on_where_it_was(tmp_path: Path) -> None:
    one, two = tmp_path / "one.csv", tmp_path / "two.csv"
    found = tabulate(SMALL, one)
    assert len(found) == 7
    assert found[0]["parameters"] <= found[-1]["parameters"]
    assert all(
        0 < row[f"{what}_error_{seed}"] < 1 for row in found for what in ("validation", "test") for seed in (0, 1)
    )
    whole = one.with_suffix(".trainings.csv").read_bytes()
    trainings = two.with_suffix(".trainings.csv")
    trainings.write_bytes(whole[: len(whole) // 2])
    trainings.with_suffix(".json").write_bytes(one.with_suffix(".trainings.json").read_bytes())
    tabulate(SMALL, two, workers=2, resume=True)
    assert errors(one) == errors(two)
    assert errors(one.with_suffix(".trainings.csv")) == errors(trainings)
    with pytest.raises(RunError, match="seeds was 2, now 3"):
        tabulate(SMALL.change(seeds=3), two, resume=True)


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["tabulate", "--nodes", "1", "--operations", "identity,max_pool_1x3", "--epochs", "1", "--images", "400"]
    words += ["--batch", "50", "--seeds", "1", "--out", str(tmp_path / "t.csv")]
    assert cli.main(words) == 0
    assert "7 networks" in capsys.readouterr().out
    assert cli.main(words) == 2
    assert "exists already" in capsys.readouterr().err
    assert cli.main([*words, "--resume"]) == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nodes": 5}, "at most 100,000 codes"),
        ({"seeds": 0}, "seeds"),
        ({"channels": None}, "channels"),
        ({"epochs": 0}, "epochs"),
        ({"data": "mnist"}, "mnist"),
    ],
)
def test_what_cannot_be_tabulated_is_refused(changes: dict[str, object], sentence: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=sentence):
        tabulate(SMALL.change(**changes), tmp_path / "t.csv")


def test_a_space_must_be_one_of_cells() -> None:
    with pytest.raises(ValueError, match="CellSpace"):
        Tabulation(space="cells", training={"channels": 4})  # type: ignore[arg-type]
