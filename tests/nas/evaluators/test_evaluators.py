"""Evaluators: tables, prices, networks trained from scratch, and the supernet itself."""

import itertools

import numpy as np
import pytest
import torch

from asng_edu.nas import CellSpace, Evaluator, FromScratch, LayerSpace, OneShot, Penalised, Search, Table, load
from asng_edu.nas.evaluators.one_shot import WeightStep
from asng_edu.nas.training.settings import CLUTTER

SPACE = LayerSpace(layers=3, operations=("identity", "conv_1x1", "conv_3x3"))
LOSSES = {code: float(sum(code)) for code in itertools.product(range(3), repeat=3)}


def test_a_table_says_what_it_holds_and_counts():
    table = Table(SPACE, LOSSES)
    assert isinstance(table, Evaluator)
    codes = np.array([[2, 2, 2], [0, 1, 0], [0, 1, 0]])
    assert table.losses(codes).tolist() == [6.0, 1.0, 1.0]
    assert table.evaluations == 3
    assert table.best == (0, 0, 0)


@pytest.mark.parametrize(
    ("losses", "says"),
    [
        ({}, "at least one architecture"),
        ({(0, 0): 1.0}, "c must have shape .3,"),
        ({(0, 0, 3): 1.0}, "between 0 and 2, but one is 3"),
        ({(0, 0, 0): float("nan")}, "a loss of the table must be a number"),
        ({(0, 0, 0): "low"}, "a loss of the table must be a number"),
    ],
)
def test_bad_tables_are_refused(losses, says):
    with pytest.raises(ValueError, match=says):
        Table(SPACE, losses)


def test_what_is_not_in_the_table_is_named():
    with pytest.raises(ValueError, match="no loss of the architecture 1, 1, 1"):
        Table(SPACE, {(0, 0, 0): 1.0}).losses([[0, 0, 0], [1, 1, 1]])


def test_a_price_is_added_and_each_cost_is_asked_for_once():
    asked = []

    def cost(choice):
        asked.append(choice)
        return choice.operations.count("conv_3x3")

    priced = Penalised(Table(SPACE, LOSSES), cost, weight=10.0)
    assert priced.losses([[2, 2, 0], [0, 0, 0], [2, 2, 0]]).tolist() == [24.0, 0.0, 24.0]
    assert len(asked) == 2
    free = Penalised(Table(SPACE, LOSSES), cost, weight=0.0)
    assert free.losses([[2, 2, 0]]).tolist() == [4.0]


@pytest.mark.parametrize("weight", [-1.0, float("inf"), float("nan"), "1"])
def test_bad_prices_are_refused(weight):
    with pytest.raises(ValueError, match="weight must be"):
        Penalised(Table(SPACE, LOSSES), lambda _: 1.0, weight)


def test_a_cost_that_is_no_number_is_refused():
    priced = Penalised(Table(SPACE, LOSSES), lambda _: float("inf"), 1.0)
    with pytest.raises(ValueError, match="cost of an architecture must be finite, but is inf for"):
        priced.losses([[0, 0, 0]])


@pytest.mark.parametrize(
    "space", [SPACE, CellSpace(nodes=1, kinds=("normal",), operations=("identity", "conv_3x3"), output="last")]
)
def test_from_scratch_trains_each_once_and_leaves_the_test_images_alone(space):
    data = load("clutter", images=64)
    settings = {"device": "cpu", "cells": 1, "channels": 2, "epochs": 1, "batch": 16, "cutout": 0, "auxiliary": 0.0}
    scratch = FromScratch(space, data, **settings)
    codes = np.array([space.encode(space.random(seed)) for seed in (0, 1, 0)])
    losses = scratch.losses(codes)
    assert losses[0] == losses[2] != losses[1]
    assert len(scratch.trained) == 2
    assert len(scratch.data.test.labels) == len(data.theta.labels)
    assert FromScratch(space, data, **settings).losses(codes[:1]) == losses[:1]


def test_one_shot_losses_are_the_supernets():
    search = Search(
        CLUTTER.change(channels=2, batch=32, theta_batch=40), data=load("clutter", images=100), device="cpu"
    )
    evaluator = search.evaluator()
    assert isinstance(evaluator, Evaluator)
    codes = np.array([search.space.encode(search.space.random(seed)) for seed in range(3)])
    assert evaluator.losses(codes).tolist() == search.evaluate_all(codes)[:, 0].tolist()
    assert len(evaluator.measured) == 1
    gates = [torch.eye(decision.size)[k] for decision, k in zip(search.space.decisions, codes[0], strict=True)]
    mixed = evaluator.loss(search.space.mixture(gates)).detach()
    assert float(mixed) == pytest.approx(evaluator.losses(codes[:1])[0], rel=1e-5)


def test_what_a_mixture_is_worth_is_noted_and_carries_gradients():
    cost = torch.tensor([0.5, 1.0, 3.0])

    def run(mixture, x, labels):
        weights = torch.stack([node[0] for node in mixture.weights["layers"]])
        return (weights @ cost).sum() * x.mean(), (labels == 0).float().mean()

    batches = [(torch.full((size,), float(size)), torch.arange(size)) for size in (2, 6)]
    evaluator = OneShot(SPACE, run, batches)
    gates = torch.full((3, 3), 1 / 3, requires_grad=True)
    loss = evaluator.loss(SPACE.mixture(list(gates)))
    loss.backward()
    mean = (2 * 2 + 6 * 6) / 8  # of the images
    assert float(loss.detach()) == pytest.approx(4.5 * mean)
    assert torch.allclose(gates.grad, mean * cost.expand(3, 3))
    (noted,) = evaluator.measured
    assert noted == pytest.approx(np.array([[4.5 * mean, 2 / 8]]))


def test_an_evaluator_knows_no_more_than_it_is_told():
    batches = [(torch.zeros(1), torch.zeros(1))]
    asked = []

    def step():
        asked.append(1)
        return WeightStep(None, 0.1, batches[0])

    evaluator = OneShot(SPACE, lambda choice, x, labels: (choice, labels), batches, progress=0.25, weight_step=step)
    assert (evaluator.progress, asked) == (0.25, [])
    assert evaluator.weight_step is evaluator.weight_step
    assert evaluator.training_loss(3.0) == 3.0
    assert asked == [1]
    assert evaluator.agreed(np.array([1.0, 0.1])).tolist() == [1.0, 0.1]
    with pytest.raises(ValueError, match="does not know how the weights are trained"):
        OneShot(SPACE, step, batches).training_loss(3.0)
    for bad in ({"progress": 1.5}, {"progress": "half"}, {"weight_step": 3}):
        with pytest.raises(ValueError, match=f"{next(iter(bad))} must be"):
            OneShot(SPACE, step, batches, **bad)
