"""What the pilot's trainings say of a candidate, on trainings that are made up."""

import numpy as np
import pytest

from asng_book.measured import pilot
from asng_edu.nas.data.datasets import load
from asng_edu.nas.supernet.size import count


def rows_of(candidate, errors):
    rng = np.random.default_rng(0)
    space = pilot.tabulation_of(candidate).space
    codes = ["-".join(map(str, space.encode(space.random(rng)).tolist())) for _ in errors]
    return [
        {"candidate": candidate, "code": code, "seed": seed, "test_error": error, "seconds": 2.0}
        for code, both in zip(codes, errors.tolist(), strict=True)
        for seed, error in enumerate(both)
    ]


def test_a_summary_tells_networks_from_luck():
    rng = np.random.default_rng(1)
    errors = rng.normal(0.3, 0.08, (2000, 1)) + rng.normal(0, 0.02, (2000, 2))
    found = pilot.summary("no identity", rows_of("no identity", errors))
    assert (found.least, found.greatest) == pytest.approx((errors.mean(axis=1).min(), errors.mean(axis=1).max()))
    assert found.between == pytest.approx(0.08, rel=0.05)
    assert found.within == pytest.approx(0.02, rel=0.05)
    assert abs(found.with_size) < 0.1
    assert found.seconds == 2.0


@pytest.mark.parametrize("candidate", ["chosen", "separable, applied twice"])
def test_what_networks_differ_by_is_their_operations(candidate):
    pilot.add_operations()
    tabulation = pilot.tabulation_of(candidate)
    space, image = tabulation.space, load("signals").shape
    rng = np.random.default_rng(2)
    codes = [tuple(space.encode(space.random(rng)).tolist()) for _ in range(25)]
    layout = {name: tabulation.training[name] for name in ("cells", "channels")}
    expected = [count(space.decode(code), space, **layout, image=image).parameters for code in codes]
    found = pilot.parameters(tabulation, codes)
    assert len(set(found)) > 5
    assert len({whole - part for whole, part in zip(expected, found, strict=True)}) == 1
