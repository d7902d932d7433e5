"""The committed data of Fig. 4 for other λ and α: made by this code, and one with Fig. 4 where they meet."""

from __future__ import annotations

import csv
import platform

import numpy as np
import pytest

from asng_book.measured import plot_lambda_alpha
from asng_book.pages import results
from asng_edu.sweeps import sweep

Row = sweep.Row


def read(name: str) -> tuple[list[Row], list[sweep.Grid]]:
    """Return the rows of a figure, and the sweeps that they come from."""
    records = results.read(f"{name}.json")["sweeps"]
    settings = [
        {key: tuple(value) if isinstance(value, list) else value for key, value in record["settings"].items()}
        for record in records
    ]
    return sweep.read_rows(results.path(f"{name}.csv")), [sweep.Grid(**one) for one in settings]


@pytest.mark.parametrize(
    ("name", "key", "values"), [("fig4_lambda", "lam", [2, 8, 32]), ("fig4_alpha", "alpha", [1.05, 1.2, 1.5, 2, 3])]
)
def test_the_rows_are_those_of_the_sweeps(name: str, key: str, values: list[float]) -> None:
    rows, grids = read(name)
    assert [getattr(grid, key) for grid in grids] == values
    said = [(*setting, grid.lam, grid.alpha, grid.trials) for grid in grids for setting in grid.settings()]
    assert said == [tuple(row[k] for k in ("method", "eps_x", "delta0", "lam", "alpha", "trials")) for row in rows]


@pytest.mark.parametrize("name", ["fig4_lambda", "fig4_alpha"])
def test_the_articles_setting_is_that_of_fig4(name: str) -> None:
    """The first trials of Fig. 4, since a trial's seed does not depend on the grid."""
    updates: dict[tuple[str, float, float], list[float]] = {}
    with results.path("fig4.trials.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            setting = line["method"], float(line["eps_x"]), float(line["delta0"])
            updates.setdefault(setting, []).append(float(line["updates"] or "nan"))
    same = [row for row in read(name)[0] if (row["lam"], row["alpha"]) == (2, 1.5)]
    assert same
    for row in same:
        first = np.array(updates[row["method"], row["eps_x"], row["delta0"]][: row["trials"]])
        assert row["successes"] == np.isfinite(first).sum()
        assert row["median_updates"] == (np.nanmedian(first) if row["successes"] else None)


@pytest.mark.parametrize("name", ["fig4_lambda", "fig4_alpha"])
def test_a_setting_can_be_repeated(name: str) -> None:
    made = results.read(f"{name}.json")["provenance"]["machine"]
    if platform.machine() not in made or platform.system() not in made:
        pytest.skip(f"the data are of {made}: elsewhere exp and cos may differ in the last bit")
    rows, grids = read(name)
    for grid in (grids[0], grids[-1]):
        short = {"methods": ("asng",), "eps_x": (0.0005,), "delta0": (grid.delta0[6],)}
        (row,) = sweep.run(sweep.Grid(**{**grid.__dict__, **short}))
        assert row in rows


def test_alt_texts_have_the_numbers_of_the_data() -> None:
    rows = [row for row in read("fig4_lambda")[0] if row["eps_x"] == 0.05]
    text = plot_lambda_alpha.lambdas(rows).alt
    medians = [row["median_updates"] for row in rows if (row["method"], row["lam"]) == ("asng", 32)]
    assert f"with {min(medians):,.0f} to {max(medians):,.0f} updates" in text
    assert f"with {64 * min(medians):,.0f} to {64 * max(medians):,.0f} evaluations" in text
    assert plot_lambda_alpha.alphas(read("fig4_alpha")[0]).alt.count("all trials succeed at 11 of 11 values") == 10


def test_pictures_of_failures_only() -> None:
    rows = sweep.run(methods=("adam",), delta0=(5.0, 9.0), eps_x=(0.05,), trials=2, max_updates=5)
    assert "all trials succeed at 0 of 2 values of δ⁰." in plot_lambda_alpha.lambdas(rows).alt
    with pytest.raises(ValueError, match="at least one row"):
        plot_lambda_alpha.alphas([])
