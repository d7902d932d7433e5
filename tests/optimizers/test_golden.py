"""Stored trajectories: what was computed once is computed still, compiled or not.

    python tests/optimizers/test_golden.py    write tests/golden/*.json anew, after a change of formulas that is meant

A file holds the samples and losses, so it depends on no random generator; the trials run on multiples of irrational
numbers instead.
"""

import json
import math
import sys
from pathlib import Path
from statistics import NormalDist

import numpy as np
import pytest

from asng_edu import ASNG, SNG, Adam, Bernoulli, Categorical, Gaussian, Integer, Product
from asng_edu.sweeps.trial import METHODS, make_setting, new_trial, run_updates

FOLDER = Path(__file__).parents[1] / "golden"
UPDATES = 40

CASES = {
    "asng-categorical": lambda: ASNG(Categorical(4, dim=3), 1.0),
    "asng-last-pole": lambda: ASNG(Categorical(4, dim=3, pole="last", margin="catcma"), 0.3, alpha=1.2),
    "asng-ragged-rank": lambda: ASNG(Categorical([2, 5, 3]), 0.5, lam=5, utility="rank"),
    "asng-tiny-delta0": lambda: ASNG(Categorical(3, dim=2), 1e-3),
    "asng-bernoulli": lambda: ASNG(Bernoulli(4, margin=0.05), 1.0, lam=3),
    "asng-product": lambda: ASNG(Product(Categorical([3, 2]), Integer(1, 8), Gaussian(1, sigma=0.5)), 0.7, lam=4),
    "sng-categorical": lambda: SNG(Categorical([4, 3, 2]), 0.2),
    "sng-unnormalised": lambda: SNG(Categorical([4, 3, 2]), epsilon=0.1, lam=3),
    "adam-categorical": lambda: Adam(Categorical([4, 3, 2]), 0.03),
    "adam-gaussian": lambda: Adam(Gaussian(2, mean=[1.0, -2.0]), 0.03, lam=4),
}
QUANTITIES = ("G_norm", "epsilon", "delta", "beta", "s_norm2", "gamma", "Delta", "snr")


def plain(value):
    """Return nested arrays and tuples as lists, and NaN as null."""
    if isinstance(value, tuple | list):
        return [plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if math.isnan(value) else value


def numbers(candidate):
    return sum(map(numbers, candidate)) if isinstance(candidate, tuple) else float(np.sum(np.abs(candidate)))


def record(optimizer):
    """Run with losses that now and then tie; return the samples and losses."""
    told = []
    rng = np.random.default_rng(71)
    for _ in range(UPDATES):
        samples = optimizer.ask(rng)
        losses = [round(numbers(c) + rng.normal(), 1) for c in optimizer.distribution.decode(samples)]
        optimizer.tell(samples, losses)
        told.append({"samples": plain(samples), "losses": losses})
    return told


def trace(optimizer, told):
    """Return what the optimiser reports and becomes when it is told this."""
    infos = [optimizer.tell(one["samples"], one["losses"]) for one in told]
    state = {k: plain(v) for k, v in vars(optimizer.state).items()}
    return {"state": state, "infos": {name: [plain(getattr(i, name)) for i in infos] for name in QUANTITIES}}


def trial_trace(method, lam):
    """Return a trial of the selective squared error after some updates, on low-discrepancy numbers."""
    dim, k, updates = 5, 3, 150
    setting = make_setting(method, delta0=0.3, eps_x=0.002, dim=dim, categories=k, lam=lam, max_updates=1000)
    x = 2.0 + np.cos(np.arange(1.0, dim * k + 1)).reshape(dim, k)
    uniforms = (np.arange(1, updates * 2 * lam * dim + 1) * (math.sqrt(5.0) - 1.0) / 2.0) % 1.0
    normals = [NormalDist().inv_cdf((n * math.sqrt(2.0)) % 1.0) for n in range(1, updates * 2 * dim + 1)]
    trial = new_trial(setting, x)
    solved = run_updates(
        setting, trial, uniforms.reshape(updates, 2 * lam, dim), np.reshape(normals, (updates, 2, dim))
    )
    return {"solved": bool(solved), **{name: getattr(trial, name).tolist() for name in trial._fields}}


TRIALS = {f"trial-{method}-lam{lam}": (method, lam) for method in METHODS for lam in (2, 4)}


def regenerate():
    FOLDER.mkdir(exist_ok=True)
    for name, make in CASES.items():
        told = record(make())
        write(name, {"told": told, "trace": trace(make(), told)})
    for name, case in TRIALS.items():
        write(name, {"trace": trial_trace(*case)})


def write(name, contents):
    text = json.dumps({"regenerate": "python tests/optimizers/test_golden.py", **contents}, allow_nan=False)
    (FOLDER / f"{name}.json").write_text(text.replace('{"samples"', '\n{"samples"') + "\n", encoding="utf-8")


def read(name):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def assert_close(now, stored, path):
    if isinstance(stored, dict):
        assert now.keys() == stored.keys()
        for key, value in stored.items():
            assert_close(now[key], value, f"{path}.{key}")
    else:
        now, stored = (np.array(v, dtype=float) for v in (now, stored))
        np.testing.assert_allclose(now, stored, rtol=1e-10, atol=1e-12, err_msg=path)


@pytest.mark.parametrize("name", CASES)
def test_an_optimiser_does_what_it_did(name):
    stored = read(name)
    optimizer = CASES[name]()
    assert_close(trace(optimizer, stored["told"]), stored["trace"], name)
    assert stored["trace"]["state"]["t"] == UPDATES


@pytest.mark.parametrize("name", TRIALS)
def test_a_trial_does_what_it_did(name):
    assert_close(trial_trace(*TRIALS[name]), read(name)["trace"], name)


def test_every_stored_trajectory_is_tested():
    assert {path.stem for path in FOLDER.glob("*.json")} == {*CASES, *TRIALS}


if __name__ == "__main__":
    sys.exit(regenerate())
