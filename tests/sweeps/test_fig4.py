"""The committed data of Fig. 4: made by this code, complete, and saying what the book says of it."""

from __future__ import annotations

import csv
import platform
import random
from pathlib import Path

import pytest

from asng_book.measured import plot_sweep
from asng_book.pages import results
from asng_edu.sweeps import sweep

Row = sweep.Row


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return sweep.read_rows(results.path("fig4.csv"))


@pytest.fixture(scope="module")
def grid() -> sweep.Grid:
    settings = results.read("fig4.json")["settings"]
    return sweep.Grid(**{key: tuple(value) if isinstance(value, list) else value for key, value in settings.items()})


@pytest.fixture(scope="module")
def trials() -> list[int | None]:
    with results.path("fig4.trials.csv").open(newline="", encoding="utf-8") as file:
        return [int(row["updates"]) if row["updates"] else None for row in csv.DictReader(file)]


def test_the_grid_is_the_one_asked_for(grid: sweep.Grid) -> None:
    assert (grid.dim, grid.categories, grid.lam, grid.alpha, grid.trials) == (30, 5, 2, 1.5, 100)
    assert grid.max_updates == 100_000
    assert grid.eps_x == (0.05, 0.0005)
    assert grid.methods == ("asng", "sng", "adam")
    assert grid.delta0 == pytest.approx([120 ** (0.5 - 0.125 * step) for step in range(21)])


def test_the_summary_is_that_of_the_trials(grid: sweep.Grid, rows: list[Row], trials: list[int | None]) -> None:
    assert sweep.summarise(grid, trials) == rows


@pytest.mark.parametrize("count", [12, pytest.param(400, marks=pytest.mark.slow)])
def test_trials_can_be_repeated(grid: sweep.Grid, trials: list[int | None], count: int) -> None:
    """The code of today gives the committed trials, drawn at random, to the update."""
    machine = results.read("fig4.json")["provenance"]["machine"]
    if platform.machine() not in machine or platform.system() not in machine:
        pytest.skip(f"the data are of {machine}: elsewhere exp and cos may differ in the last bit")
    for place in random.Random(count).sample(range(len(trials)), count):
        assert sweep._run_block(grid, range(place, place + 1)) == [trials[place]], place


def test_what_is_claimed_of_it(rows: list[Row]) -> None:
    """ASNG always succeeds; SNG fails at both ends, Adam at large rates."""
    for eps_x in (0.05, 0.0005):
        success = {
            method: [row["success_rate"] for row in rows if (row["method"], row["eps_x"]) == (method, eps_x)]
            for method in ("asng", "sng", "adam")
        }  # from the largest δ⁰ to the smallest
        assert success["asng"] == [1.0] * 21
        assert success["sng"][0] == success["sng"][-1] == 0.0
        assert max(success["sng"]) == 1.0
        assert success["adam"][:5] == [0.0] * 5
        assert success["adam"][-1] == 1.0


def test_alt_text_has_the_numbers_of_the_data(rows: list[Row]) -> None:
    text = plot_sweep.describe(rows)
    of_one_delta0 = [row for row in rows if row["delta0"] == rows[10]["delta0"]]
    for row in of_one_delta0:
        assert f"{row['median_updates']:,.0f}" in plot_sweep.describe(of_one_delta0)
    assert text.count("ASNG succeeds in all trials at 21 of 21 values") == 2


def test_a_picture_of_failures_only(tmp_path: Path) -> None:
    rows = sweep.run(methods=("adam",), delta0=(5.0, 9.0), eps_x=(0.05,), trials=2, max_updates=5)
    picture = plot_sweep.robustness(rows)
    assert "succeeds in all trials nowhere" in picture.alt
    picture.save(tmp_path / "failures")
    assert {path.name for path in tmp_path.iterdir()} == {"failures-light.svg", "failures-dark.svg"}
    with pytest.raises(ValueError, match="at least one row"):
        plot_sweep.robustness([])
