"""What is claimed of the robustness sweep: read from ``figures/data/fig4.csv``, or run here."""

from __future__ import annotations

import math
from typing import Any

from asng_book.claims.ledger import Finding
from asng_book.live.sample_sizes import medians
from asng_book.measured.lambda_law import wall_clock
from asng_book.pages import results
from asng_edu.distributions import Categorical
from asng_edu.jobs import rows as journal
from asng_edu.sweeps import sweep as engine
from asng_edu.sweeps.trial import MOMENTUM

Row = dict[str, Any]


def rows(method: str, eps_x: float | None = None) -> list[Row]:
    """Return a method's rows of Fig. 4, at one ε_x or at both."""
    found = engine.read_rows(results.path("fig4.csv"))
    return [row for row in found if row["method"] == method and eps_x in (None, row["eps_x"])]


def nearest(method: str, eps_x: float, delta0: float) -> Row:
    """Return the row whose δ⁰ is nearest on a logarithmic axis."""
    return min(rows(method, eps_x), key=lambda row: abs(math.log(row["delta0"] / delta0)))


def grid() -> Finding:
    """Return what was run, by its record: values of δ⁰, trials of each setting, updates allowed."""
    ran = results.read("fig4.json")["settings"]
    return Finding({"values": len(ran["delta0"]), "trials": ran["trials"], "updates": ran["max_updates"]})


def tuning_needed() -> Finding:
    """Section 3.1: SNG and Adam fail where the rate is wrong. Settings in which every trial succeeded, of all."""
    of = {name: rows(name) for name in ("sng", "adam")}
    counts = {name: float(sum(row["successes"] == row["trials"] for row in mine)) for name, mine in of.items()}
    none = {f"{name}_none": float(sum(row["successes"] == 0 for row in mine)) for name, mine in of.items()}
    settings = float(len(of["sng"]))
    fail = all(count < settings for count in counts.values()) and all(none.values())
    return Finding({**counts, **none, "settings": settings}, "holds" if fail else "fails")


def success() -> Finding:
    """Section 3.1: ASNG mitigates the influence of δ⁰, in success. Trials that succeeded, of all."""
    mine = rows("asng")
    solved, trials = sum(row["successes"] for row in mine), sum(row["trials"] for row in mine)
    decades = math.log10(max(row["delta0"] for row in mine) / min(row["delta0"] for row in mine))
    verdict = "holds" if solved == trials else "qualified"
    return Finding({"solved": solved, "trials": trials, "settings": len(mine), "decades": decades}, verdict)


def speed() -> Finding:
    """Section 3.1: ASNG mitigates the influence of δ⁰, in updates. Ratio of the greatest median to the least."""

    def ratio(eps_x: float, above: float = 0.0) -> float:
        medians = [float(row["median_updates"]) for row in rows("asng", eps_x) if row["delta0"] > above]
        return max(medians) / min(medians)

    found = {"fast": ratio(0.05, 0.002), "fast_all": ratio(0.05), "slow": ratio(0.0005)}
    return Finding(found, "holds" if max(found.values()) < 1.5 else "qualified" if found["fast"] < 1.5 else "fails")


def tuned_is_faster() -> Finding:
    """How many times the updates of a tuned constant step, and of a tuned Adam, ASNG takes at the article's δ⁰ = 1."""
    asng = float(nearest("asng", 0.0005, 1.0)["median_updates"])
    tuned = {name: min(float(row["median_updates"]) for row in rows(name, 0.0005) if row["successes"] == row["trials"])
             for name in ("sng", "adam")}  # fmt: skip
    return Finding({name: asng / median for name, median in tuned.items()})


def ninety_three() -> Finding:
    """Return the successes of SNG at ε_x = 0.05 and δ⁰ = 3.31."""
    row = nearest("sng", 0.05, 3.31)
    return Finding({"successes": row["successes"], "trials": row["trials"], "delta0": row["delta0"]})


def time_constants() -> Finding:
    """Time constants of a weight at ε_x = 0.0005: 1/(2 · gain · ε_x p), for p = 1/5 and for p at the margin."""
    ran = engine.Grid()
    margin = float(Categorical(ran.categories, dim=ran.dim).smallest[0])

    def updates(p: float) -> float:
        return (1 - MOMENTUM) / (2 * 0.0005 * p)

    constants = {"uniform": updates(1 / ran.categories), "margin": updates(margin)}
    return Finding(constants | {"gain": 1 / (1 - MOMENTUM), "momentum": MOMENTUM})


def score_of_restarts() -> Finding:
    """Two methods that solve every second trial, in 2,000 updates: the score, and what restarts cost on average."""
    median, share, allowed = 2000, 0.5, engine.Grid().max_updates
    return Finding({"median": median, "score": median / share, "restarts": median + (1 / share - 1) * allowed})


def more_samples(seed: int) -> Finding:
    """Section 4: more samples permit a greater rate. The greatest δ with which SNG solves all of 20 trials."""
    found = {}
    for lam in (2, 4, 8):
        tried = engine.run(
            methods=("sng",), eps_x=(0.05,), delta0=tuple(2.0 ** (k / 2) for k in range(-6, 11)), trials=20, lam=lam,
            max_updates=20_000, seed=seed, workers=2,
        )  # fmt: skip
        found[f"lam{lam}"] = max(row["delta0"] for row in tried if row["successes"] == row["trials"])
    return Finding(found, "holds" if found["lam2"] < found["lam4"] < found["lam8"] else "fails")


def samples_that_pay() -> Finding:
    """Section 4: more samples make the search more efficient, too. By ``figures/data/more_samples.csv``.

    How much δ grows from λ = 2 to 64 on the toy of Fig. 4, and how many times as fast ten workers are as one, each with
    its best λ, where an evaluation takes ten seconds and an update adds one.
    """
    searches = journal.read_csv(results.path("more_samples.csv"))
    of = {name: medians(searches, name) for name in ("sum", "noisy sum", "toy, fast weights")}
    toy = of["toy, fast weights"]
    found = {"delta": toy[64]["delta"] / toy[2]["delta"]}
    for key, name, phases in (("sum", "sum", 1), ("noisy", "noisy sum", 1), ("toy", "toy, fast weights", 2)):
        least = [
            min(wall_clock(lam, one["updates"], workers, phases * 10.0, 1.0) for lam, one in of[name].items())
            for workers in (1, 10)
        ]
        found[key] = least[0] / least[1]
    return Finding(found, "qualified" if found["delta"] > 2.0 and 1.0 < found["toy"] < 0.8 * found["sum"] else "fails")


def another_alpha(seed: int) -> Finding:
    """Algorithm 1 requires α = 1.5. Successes of 20 trials at ε_x = 0.05 for α from 1.1 to 3."""
    found = {}
    for name, alpha in (("low", 1.1), ("high", 3.0)):
        (row,) = engine.run(methods=("asng",), eps_x=(0.05,), delta0=(1.0,), trials=20, alpha=alpha, seed=seed)
        found[name] = row["successes"]
    return Finding({**found, "trials": 20})
