"""Fronts, what a price reaches of them, and what searches with a price have found."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from known_table import make_known

from asng_book.measured import pareto, prices

points = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 30)), min_size=1, max_size=12)


@given(points)
def test_nobody_on_the_front_is_beaten(drawn):
    sizes, errors = np.array(drawn, dtype=float).T
    front = pareto.front(sizes, errors).networks
    for i in range(len(sizes)):
        better = (sizes <= sizes[i]) & (errors <= errors[i]) & ((sizes < sizes[i]) | (errors < errors[i]))
        twin = any(sizes[i] == sizes[j] and errors[i] == errors[j] for j in front)
        assert better.any() != twin
    assert (np.diff(sizes[front]) > 0).all()
    assert (np.diff(errors[front]) < 0).all()


@given(points)
def test_a_price_chooses_corners_and_every_corner_has_its_price(drawn):
    sizes, errors = np.array(drawn, dtype=float).T
    errors = errors / 100
    front = pareto.front(sizes, errors)
    corners = front.networks[front.supported]
    limits = pareto.thresholds(sizes, errors)
    assert limits == sorted(limits, reverse=True)
    edges = [2 * limits[0] + 1, *limits, 0.0] if limits else [1.0, 0.0]
    for corner, high, low in zip(corners, edges, edges[1:], strict=False):
        total = pareto.total(sizes, errors, (high + low) / 2)
        assert total[corner] == pytest.approx(total.min())
    for price in np.linspace(0.01, 200, 40):
        assert pareto.total(sizes, errors, price)[corners].min() == pytest.approx(
            pareto.total(sizes, errors, price).min()
        )


def test_prices_are_points_for_100_parameters():
    assert pareto.thresholds([1000, 1400], [0.20, 0.14]) == pytest.approx([1.5])
    assert pareto.total([1000, 1400], [0.20, 0.14], 1.5).tolist() == pytest.approx([35.0, 35.0])


@pytest.mark.parametrize(("sizes", "errors"), [([], []), ([1, np.inf], [0, 1]), ([1, 2], [0.1]), ([1], ["a"])])
def test_what_makes_no_front_is_refused(sizes, errors):
    with pytest.raises(ValueError, match="must"):
        pareto.front(sizes, errors)


def test_outcomes_of_a_file(tmp_path):
    known = make_known()
    errors = known.test_errors.mean(axis=1)
    best = int(pareto.total(known.parameters, errors, 2.0).argmin())
    file = tmp_path / "found.csv"
    file.write_text(f"sees,method,penalty,price,run_0,run_1\ntruth,asng,closed,200,{best},7\n", encoding="utf-8")
    outcome = prices.outcomes(known, file)["asng", "closed"][2.0]
    total = pareto.total(known.parameters, errors, 2.0)
    assert outcome.hits == 1
    assert outcome.excess == pytest.approx((total[7] - total[best]) / 2)
    assert outcome.standard_error == pytest.approx((total[7] - total[best]) / 2)
    assert outcome.parameters == np.median(known.parameters[[best, 7]])
    with pytest.raises(ValueError, match="no searches that saw 'training'"):
        prices.outcomes(known, file, sees="training")
