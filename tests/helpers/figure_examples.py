"""Every live figure with data like those of its page."""

import html
import json
import re

from search_trace import make_trace

from asng_book.live import family, known_space, sample_sizes, tuning, two_lanes
from asng_book.live.replay import compact, read
from asng_book.live.sweep_rows import read_sweep, read_trials
from asng_book.measured import clutter, tuning_rows
from asng_book.measured.lanes import Toy
from asng_book.pages import algorithm1, results
from asng_edu.jobs import rows
from asng_edu.nas import KnownSpace


def options(name):
    """Return options with which a figure can start; a figure that needs none has no entry here."""
    needs = {
        "algorithm1": lambda: {"lines": algorithm1.data()},
        "beat-asng": lambda: _of(known_space.beat_asng(KnownSpace.load())),
        "clutter-cells": _clutter,
        "explorer": lambda: {
            "fig4": read_sweep(results.path("fig4.csv")),
            "trials": read_trials(results.path("fig4.trials.csv")),
        },
        "family-tree": lambda: _of(family.family_tree()),
        "more-samples": lambda: _of(sample_sizes.more_samples(rows.read_csv(results.path("more_samples.csv")))),
        "network-map": lambda: _of(known_space.network_map(KnownSpace.load())),
        "one-shot-truth": _one_shot,
        "price-of-search": lambda: {"rows": price_rows()},
        "price-of-size": lambda: _of(known_space.price_of_size(KnownSpace.load(), {"conv_1x1": 160.0})),
        "replay": lambda: compact(read("cifar10_search.json")),
        "search-step": lambda: {"trace": make_trace(steps=12)},
        "sketch-sweep": lambda: {"rows": read_sweep(results.path("fig4.csv"))},
        "study-history": _study,
        "two-lanes": lambda: _of(two_lanes.two_lanes(Toy.draw(0))),
        "welcome-race": lambda: {name: results.read("welcome.json")[name] for name in ("outcomes", "first")},
    }
    return needs[name]() if name in needs else {}


def price_rows():
    """Return the rows of Table 1 as its figure takes them."""
    return [
        {
            "method": line["method"],
            "days": float(line["gpu_days"]),
            "error": float(line["test_error"]),
            "similar": line["similar"] == "yes",
            "shared": line["method"] not in ("NASNet-A", "NAONet"),
            "idea": "An idea in a sentence or two, as long as those of the page, which has one for each row.",
        }
        for line in results.table1()
    ]


def _clutter():
    found = clutter.read(results.path("clutter.jsonl"))
    repeats = [errors.tolist() for errors in found.repeats()]
    return {"points": clutter.points(found), "groups": clutter.groups(), "repeats": repeats}


def _one_shot():
    losses = known_space.read_losses(results.path("one_shot_truth.csv"))
    labels = {"random": "random paths", "asng": "ASNG", "darts": "DARTS, all paths mixed"}
    by_seed = known_space.read_losses(results.path("supernet_ranking.csv"), known_space.THOUSANDTH)
    lengths = {epochs: [losses[epochs] for losses in by_seed.values()] for epochs in by_seed["0"]}
    again = {"all": 0.9, "best": 0.4}
    return _of(
        known_space.one_shot_truth(KnownSpace.load(), losses | {"random": lengths}, again, labels=labels, usual=40)
    )


def _study():
    measured = tuning_rows.read()
    return _of(tuning.study_history(measured.trials, measured.defaults, networks=1092))


def _of(figure):
    """Return the options of a figure that the library has made."""
    data, *_ = figure._repr_mimebundle_() if hasattr(figure, "_repr_mimebundle_") else ({},)
    text = data.get("text/html") or figure.html
    return json.loads(html.unescape(re.search(r'data-options="([^"]*)"', text)[1]))
