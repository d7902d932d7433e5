"""A space whose every network is known, made up from a seed: sums of what options are worth, pairs, and noise."""

import numpy as np

from asng_edu.nas.evaluators.known import KnownSpace
from asng_edu.nas.training.tabulation import SIGNALS, networks_of


def make_known(seed=0, tabulation=SIGNALS, noise=0.012):
    """Return a KnownSpace with errors from 5 to 70 %, of which no network was ever trained."""
    rng = np.random.default_rng(seed)
    codes = np.array(list(networks_of(tabulation.space)))
    worth = [rng.normal(size=decision.size) for decision in tabulation.space.decisions]
    height = sum(values[code] for values, code in zip(worth, codes.T, strict=True)) + rng.normal(size=len(codes))
    truth = 0.3 + 0.2 * np.tanh(height / 3)
    parameters = 400 + 60 * codes.sum(axis=1) + 10 * rng.integers(4, size=len(codes))

    def trained(images):
        errors = truth[:, None] + noise * rng.normal(size=(len(codes), tabulation.seeds))
        return (errors.clip(0.05, 0.7) * images).round() / images

    return KnownSpace(
        tabulation,
        codes,
        validation_errors=trained(3000),
        test_errors=trained(6000),
        parameters=parameters,
        multiply_adds=30 * parameters + 100 * rng.integers(9, size=len(codes)),
        seconds=np.full(len(codes), 30.0),
    )
