"""What is claimed of architecture search: counted, read from the article's Table 1, or from our own measurements."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import Any

from asng_book import comparisons
from asng_book.claims.ledger import Finding
from asng_book.exercises.cell_search import TRAINING
from asng_book.exercises.why_one_shot import IMAGES
from asng_book.measured import clutter
from asng_book.pages import results
from asng_edu.nas.spaces.cell_space import CellSpace
from asng_edu.nas.training.retrain_settings import RetrainSettings
from asng_edu.nas.training.settings import CIFAR10_STRATEGY, PRESETS


def table1() -> dict[str, dict[str, Any]]:
    """Return the rows of the article's Table 1 by method, the error as a share."""
    return {
        row["method"]: {
            "days": float(row["gpu_days"]),
            "error": float(row["test_error"]) / 100,
            "similar": row["similar"] == "yes",
        }
        for row in results.table1()
    }


def space() -> Finding:
    """Section 3.2: about 2.56 × 10²⁵ architectures; counted, with the decisions, options and free parameters."""
    cells = CellSpace()
    found = {"size": cells.size, "decisions": len(cells.decisions), "n_theta": cells.n_theta}
    six = CellSpace(nodes=6)
    return Finding(
        {
            **found,
            "nodes": cells.nodes,
            "nodes6": six.nodes,
            "n_theta6": six.n_theta,
            "orders": math.factorial(cells.nodes),
        },
        "holds" if abs(cells.size / 2.56e25 - 1) < 0.005 else "fails",
    )


def gpu_hours() -> Finding:
    """Section 3.2: 0.11 GPU-days are 2.6 GPU-hours."""
    hours = 24 * table1()["ASNG-NAS"]["days"]
    return Finding({"hours": hours}, "holds" if round(hours, 1) == 2.6 else "fails")


def price() -> Finding:
    """Section 3.2: NASNet-A and NAONet took several thousand times as long as ASNG-NAS, or longer."""
    rows = table1()
    mine = rows["ASNG-NAS"]["days"]
    times = {"nasnet": rows["NASNet-A"]["days"] / mine, "naonet": rows["NAONet"]["days"] / mine}
    return Finding(
        times, "holds" if min(times.values()) > 3000 else "qualified" if max(times.values()) > 3000 else "fails"
    )


def dearer_is_better() -> Finding:
    """Section 3.2: NASNet-A and NAONet do better than ASNG-NAS. By how many standard errors of the difference."""
    rows = table1()
    z = {
        name: comparisons.apart(rows["ASNG-NAS"]["error"], rows[method]["error"], IMAGES)
        for name, method in (("nasnet", "NASNet-A"), ("naonet", "NAONet"))
    }
    return Finding(z, "holds" if min(z.values()) > 2 else "qualified" if max(z.values()) > 2 else "fails")


def fastest_of_similar() -> Finding:
    """Section 3.2: among the one-shot methods of similar spaces ASNG-NAS is the fastest, with a similar error."""
    kin = {name: row for name, row in table1().items() if row["similar"]}
    fastest = min(kin, key=lambda name: kin[name]["days"])
    pairs = itertools.combinations([row["error"] for row in kin.values()], 2)
    largest = max(abs(comparisons.apart(p, q, IMAGES)) for p, q in pairs)
    days = sorted(row["days"] for row in kin.values())
    verdict = "holds" if fastest == "ASNG-NAS" and largest < 2 else "fails"
    return Finding({"methods": len(kin), "largest": largest, "next": days[1] / days[0]}, verdict)


def trade_off() -> Finding:
    """Section 3.2: search time trades off against error. Rank correlation, and how many rows no other row beats."""
    rows = list(table1().values())
    days, errors = ([row[key] for row in rows] for key in ("days", "error"))
    front = [a for a in rows if not any(b["days"] <= a["days"] and b["error"] < a["error"] for b in rows)]
    rho = float(comparisons.spearman(days, errors))
    dearest = sorted(rows, key=lambda row: row["days"])[-2:]
    paid = all(row in front for row in dearest)  # whether who pays most gets what nobody else gets
    verdict = "fails" if rho >= 0 or len(front) == 1 else "holds" if paid else "qualified"
    return Finding({"rho": rho, "front": len(front), "rows": len(rows)}, verdict)


def standard_error() -> Finding:
    """Return the standard error of ASNG-NAS's 2.83 % on 10,000 pictures, and the ends of Table 1."""
    rows = table1()
    p = rows["ASNG-NAS"]["error"]
    ends = {"first_days": rows["NASNet-A"]["days"], "last_days": rows["ASNG-NAS"]["days"]}
    second = rows["DARTS (second order)"]["error"]
    points = float(comparisons.standard_error(p, IMAGES))
    return Finding({"points": points, "error": p, "darts": second, "pictures": IMAGES, **ends})


def one_path() -> Finding:
    """Section 1: the stochastic relaxation runs only what was sampled, which saves time and memory."""
    measured = results.read("bench_supernet.json")
    goals = {goal["goal"]: goal["ratio"] for goal in measured["goals"]}
    time = goals["time of the mixture against a path"]
    saved = goals["bytes saved for backward by the mixture against a path"]
    return Finding({"time": time, "bytes": saved}, "holds" if min(time, saved) > 1 else "fails")


def finds_good_cells() -> Finding:
    """Section 4: ASNG finds good cells. On cluttered digits, against random cells and those of its size."""
    found = clutter.read(results.path("clutter.jsonl"))
    asng, sng = found.errors("asng"), found.errors("sng")
    any_size = comparisons.difference(found.errors("random"), asng)
    same_size = comparisons.difference(found.errors("matched"), asng)
    constant = comparisons.difference(sng, asng)
    values = {
        "asng": float(asng.mean()), "random": float(found.errors("random").mean()),
        "matched": float(found.errors("matched").mean()), "sng": float(sng.mean()),
        "low": same_size.low, "high": same_size.high, "constant_low": constant.low, "constant_high": constant.high,
    }  # fmt: skip
    verdict = "fails" if any_size.sign < 1 else "holds" if same_size.sign > 0 else "qualified"
    return Finding(values, verdict)


def intervals(seed: int) -> Finding:
    """Return the level of the bootstrap's intervals, as the share of uniform numbers that they hold."""
    interval = comparisons.bootstrap(lambda rng: float(rng.random()), 0.5, seed=seed)
    return Finding({"level": interval.high - interval.low})


def ranks_cells() -> Finding:
    """How the one-shot loss ranks cells whose error after training is known: Spearman's ρ, and that of size alone."""
    found = clutter.read(results.path("clutter.jsonl"))
    by_loss = clutter.ranking(found, "random-search", "loss").mean
    size = abs(float(comparisons.spearman(found.sizes("random"), found.errors("random"))))
    return Finding({"rho": by_loss.value, "low": by_loss.low, "high": by_loss.high, "size": size})


def steps() -> Finding:
    """Codes that the article's search tries, and one in how many of the space that is."""
    settings = PRESETS["cifar10"]
    share = int(TRAINING * settings.fraction)
    tried = settings.epochs * (share // settings.batch) * CIFAR10_STRATEGY.lam
    return Finding(
        {"tried": tried, "size": CellSpace().size, "one_in": CellSpace().size / tried, "epochs": settings.epochs}
    )


def retraining() -> Finding:
    """Return the settings of the article's retraining, from the library's defaults."""
    settings = RetrainSettings(CellSpace().random(0))
    return Finding(
        {
            "pictures": TRAINING, "cells": settings.cells, "millions": settings.max_parameters / 1e6,
            "epochs": settings.epochs, "batch": settings.batch, "auxiliary": settings.auxiliary,
            "drop_path": settings.drop_path, "test": IMAGES,
        }
    )  # fmt: skip


def core_hours() -> Finding:
    """Return how long the article's search takes on one core of a CPU, by the median of the steps that were timed."""
    timed = results.read("cell_search_steps.json")
    tried = steps().values["tried"]
    seconds = statistics.median(timed["search"]["cpu_seconds"])
    return Finding({"hours": tried / CIFAR10_STRATEGY.lam * seconds / 3600})


def cifar10() -> Finding:
    """Return what was searched on CIFAR-10 (JPEG), and in how many steps and seconds, by the record on the page."""
    record = results.read("cifar10_search.json")
    settings = {name: record["settings"][name] for name in ("cells", "channels", "epochs", "batch")}
    return Finding({**settings, **{name: record[name] for name in ("steps", "seconds", "finished")}})
