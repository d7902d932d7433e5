"""SMASH: the order of its candidates, and a search that trains the hypernetwork, is saved, and hands its weights on."""

import numpy as np
import pytest
import torch
from toy_supernet import ToySupernet

from asng_edu.nas import STRATEGIES, LayerSpace, Retrain, RetrainSettings, Search, load, load_network, run
from asng_edu.nas.training.settings import CLUTTER

SPACE = LayerSpace(layers=5, operations=("identity", "conv_1x1", "conv_3x3"), halvings=0)
FEW = {"candidates": 4, "lam": 2, "changes": 3, "chain_steps": 5}


def test_candidates_are_followed_by_changes_of_the_best_and_those_by_a_chain():
    evaluator = ToySupernet(SPACE, (1, 2, 0, 0, 1)).evaluator()
    strategy = STRATEGIES["smash"](**FEW).make(SPACE, 4)
    assert strategy.final_steps == 2 + 2 + 5
    counts = [len(strategy.learn(evaluator).choices) for _ in range(strategy.final_steps)]
    assert counts == [2, 2, 2, 1, 1, 1, 1, 1, 1]
    assert not strategy.learns_while_training
    ranking = [(loss, np.array(code)) for loss, code in strategy.ranking]
    for place in range(4, 12):
        before = ranking[:4] if place < 7 else ranking[:place]
        _, best = min(before, key=lambda pair: (pair[0], pair[1].tolist()))
        assert (ranking[place][1] != best).sum() == 1
    assert strategy.result() == SPACE.decode(min(strategy.ranking)[1])


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A search that is over, its folder, and the weights of the hypernetwork at its beginning."""
    settings = CLUTTER.change(data="digits", channels=4, epochs=2, batch=32, theta_batch=40, strategy="smash", **FEW)
    search = Search(settings, data=load("digits", images=100), device="cpu")
    before = {name: part.detach().clone() for name, part in search.network.hypernetwork.named_parameters()}
    folder = tmp_path_factory.mktemp("smash")
    assert run(search, folder, progress=False).finished
    return search, folder, before


def test_the_search_trains_the_hypernetwork_with_the_other_weights(finished):
    search, _, before = finished
    for name, part in search.network.hypernetwork.named_parameters():
        assert not torch.allclose(part, before[name])
    assert len(search.record()["candidates"]) == 12


def test_its_supernet_is_read_back_and_hands_on_what_is_written_for_the_found_cell(finished):
    search, folder, _ = finished
    x, _ = search.theta_batches.take(0, 0)
    found = search.genotype()
    with torch.no_grad():
        expected = search.network(x, found)
        assert torch.equal(load_network(folder, "cpu").network(x, found), expected)
    short = {"data": "digits", "cells": 2, "channels": 4, "epochs": 1, "batch": 32, "cutout": 0}
    settings = RetrainSettings(found, search.space, inherit=str(folder), **short)
    retrain = Retrain(settings, data=search.data, device="cpu")
    with torch.no_grad():
        assert torch.allclose(retrain.network.train()(x), expected, atol=1e-5)


def test_the_same_seed_writes_the_same_kernels(finished):
    search, _, before = finished
    again = Search(search._settings, data=search.data, device="cpu").network.hypernetwork
    other = Search(search._settings.change(seed=1), data=search.data, device="cpu").network.hypernetwork
    for name, part in again.named_parameters():
        assert torch.equal(part, before[name])
        assert not torch.equal(part, other.get_parameter(name))
