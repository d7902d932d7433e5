"""Prices of options laid out over a space, and the option --price of the strategies."""

import numpy as np
import pytest

from asng_edu.nas import CellSpace, LayerSpace, Penalised, Table, parameter_shares, price_list
from asng_edu.nas.strategies.asng import ASNGSettings
from asng_edu.nas.strategies.base import strategy_from_json
from asng_edu.nas.supernet import operations

LAYERS = LayerSpace(layers=2, operations=("identity", "conv_1x1", "conv_3x3"))
CELLS = CellSpace(nodes=2, kinds=("normal",), operations=("identity", "conv_1x1", "dil_conv_1x5", "max_pool_1x3"))


@pytest.mark.parametrize("space", [LAYERS, CELLS])
def test_a_code_pays_for_each_option_that_it_takes(space):
    prices = {"conv_1x1": 2.0, space.operations[2]: 7.0}
    listed = price_list(space, prices)
    for code in space.random_codes(0, 20):
        taken = [decision.options[k] for decision, k in zip(space.decisions, code, strict=True)]
        assert space.categorical().statistics(code[None]) @ listed == sum(prices.get(name, 0.0) for name in taken)


def test_a_sum_is_what_a_penalty_on_each_network_would_charge():
    table = Table(LAYERS, {(a, b): 0.0 for a in range(3) for b in range(3)})
    prices = {"conv_1x1": 2.0, "conv_3x3": 7.0}
    priced = Penalised(table, lambda net: sum(prices.get(name, 0.0) for name in net.operations), 0.5)
    codes = np.array([[a, b] for a in range(3) for b in range(3)])
    expected = 0.5 * LAYERS.categorical().statistics(codes) @ price_list(LAYERS, prices)
    np.testing.assert_allclose(priced.losses(codes), expected)


@pytest.mark.parametrize("space", [LAYERS, CELLS])
def test_the_dearest_path_costs_one_and_shares_follow_the_modules(space):
    shares, family = parameter_shares(space, channels=8), space.categorical()
    assert sum(row.max() for row in family.rows(shares)) == pytest.approx(1.0)
    counted = {
        name: sum(p.numel() for p in operations.make(name, 8, affine=True).parameters()) for name in space.operations
    }
    row = next(row for d, row in zip(space.decisions, family.rows(shares), strict=True) if "conv_1x1" in d.options)
    expected = [counted[name] / counted["conv_1x1"] for name in space.operations]
    np.testing.assert_allclose(row / row[space.operations.index("conv_1x1")], expected)


def test_what_is_wrong_with_prices_is_said():
    with pytest.raises(ValueError, match="an option that has a price must be one of conv_1x1"):
        price_list(LAYERS, {"conv_9x9": 1.0})
    with pytest.raises(ValueError, match="the price of conv_1x1 must be finite"):
        price_list(LAYERS, {"conv_1x1": float("inf")})
    with pytest.raises(ValueError, match="prices must be a mapping"):
        price_list(LAYERS, [1.0])
    with pytest.raises(ValueError, match="none can be dearer"):
        parameter_shares(LayerSpace(layers=2, operations=("identity", "max_pool_3x3")))


def test_an_operation_without_costs_has_no_share():
    operations.add_operation("priceless", operations.dense(1))
    try:
        with pytest.raises(ValueError, match="priceless does not say what it costs"):
            parameter_shares(LayerSpace(layers=2, operations=("identity", "priceless")))
    finally:
        del operations.OPERATIONS["priceless"]


@pytest.mark.parametrize("name", ["asng", "sng", "adam"])
def test_a_strategy_with_a_price_hands_it_to_its_optimiser(name):
    strategy = strategy_from_json({"name": name, "price": 0.25}).make(LAYERS, seed=0)
    np.testing.assert_allclose(strategy.optimizer.penalty, 0.25 * parameter_shares(LAYERS))
    assert strategy_from_json({"name": name}).make(LAYERS, seed=0).optimizer.penalty is None


@pytest.mark.parametrize("price", [-0.1, float("inf"), "dear"])
def test_bad_prices_are_refused(price):
    with pytest.raises(ValueError, match="price must be"):
        ASNGSettings(price=price)


def test_a_strategy_goes_on_bit_for_bit_with_its_price():
    table = Table(LAYERS, {(a, b): float(a != 2) + float(b != 1) for a in range(3) for b in range(3)})
    settings = ASNGSettings(price=0.1)
    first, again = settings.make(LAYERS, 0), settings.make(LAYERS, 1)
    for _ in range(5):
        first.learn(table)
    again.load_state_dict(first.state_dict())
    for _ in range(20):
        first.learn(table)
        again.learn(table)
    np.testing.assert_array_equal(first.optimizer.theta, again.optimizer.theta)
