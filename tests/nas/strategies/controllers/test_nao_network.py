"""NAO's networks: what they learn of a few codes, that a move raises the predicted score, and their seed."""

import numpy as np
import pytest
import torch

from asng_edu.nas.strategies.controllers.nao_network import NAONetwork, Training, fit

SIZES = [3, 2, 4, 3, 2]
TARGET = np.array([2, 1, 0, 1, 0])
TRAINING = Training(epochs=400)


@pytest.fixture(scope="module")
def pool():
    """Return thirty codes and their scores, the share of decisions that are right, from 0 to 1."""
    codes = np.unique(np.random.default_rng(0).integers(SIZES, size=(34, 5)), axis=0)[:30]
    right = (codes == TARGET).sum(axis=1)
    return codes, (right - right.min()) / (right.max() - right.min())


@pytest.fixture(scope="module")
def network(pool):
    return fit(SIZES, *pool, TRAINING, 1, width=24, units=32)


def test_the_decoder_reproduces_the_codes_that_it_was_trained_on(network, pool):
    codes, _ = pool
    with torch.no_grad():
        assert network.decode(network.encode(torch.from_numpy(codes))).tolist() == codes.tolist()


def test_the_predictor_has_learned_the_scores(network, pool):
    codes, scores = pool
    with torch.no_grad():
        predicted, _ = network(torch.from_numpy(codes))
    assert np.corrcoef(predicted, scores)[0, 1] > 0.95


def test_a_move_raises_the_predicted_score(network, pool):
    codes = torch.from_numpy(pool[0])
    with torch.no_grad():
        before = network.predict(network.encode(codes))
    after = {step: network.predict(network.move(codes, step)).detach() for step in (0.0, 0.1, 1.0, 10.0)}
    torch.testing.assert_close(after[0.0], before)
    assert (after[0.1] > before).all()
    assert (after[1.0] > after[0.1]).all()
    assert after[10.0].mean() > after[1.0].mean()
    lengths = network.move(codes, 10.0).norm(dim=-1)
    torch.testing.assert_close(lengths, torch.ones_like(lengths))


def test_the_decoder_reads_what_was_moved(network, pool):
    codes = torch.from_numpy(pool[0])
    assert (network.decode(network.move(codes, 20.0)) != pool[0]).any()


def test_the_probabilities_of_the_tokens_are_those_that_decoding_picks_from():
    torch.manual_seed(0)
    network = NAONetwork(SIZES, width=8, units=8).eval()
    with torch.no_grad():
        h = network.encode(torch.tensor([[0, 1, 2, 0, 1], [2, 0, 0, 2, 0]]))
        written = torch.from_numpy(network.decode(h))
        best = network.log_p(h, written)
        for place, size in enumerate(SIZES):
            for option in range(size):
                other = written.clone()
                other[:, place] = option
                assert (network.log_p(h, other)[:, place] <= best[:, place] + 1e-6).all()


def test_training_asks_its_seed_alone(pool):
    state = torch.get_rng_state()
    few = Training(epochs=3, batch=7)
    one, same, other = (fit(SIZES, *pool, few, seed, width=8, units=8) for seed in (1, 1, 2))
    assert torch.equal(torch.get_rng_state(), state)
    weights = [torch.cat([p.flatten() for p in n.parameters()]) for n in (one, same, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
