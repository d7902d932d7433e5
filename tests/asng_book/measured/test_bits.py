"""The arms of the measurement of bits: what each proposes, learns and names."""

import numpy as np
import pytest

from asng_book.measured import bits
from asng_edu.nas import load

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def data():
    return load("signals", images=400)


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(bits, "SETTINGS", bits.SETTINGS.change(epochs=1, batch=50, theta_batch=50))


@pytest.mark.parametrize("name", ["on", "off", "half"])
def test_a_fixed_arm_trains_one_structure(short, data, name):
    search = bits.arm(name, 3, data)
    before = search.flat.values.clone()
    assert bits.train(search) == []
    assert not np.array_equal(before.numpy(), search.flat.values.numpy())
    code = bits.SPACE.encode(search.genotype())
    wanted = {"on": 1, "off": 0, "half": bits.half(bits.SPACE, 3)}[name]
    assert (code == wanted).all()
    assert (np.array(search.strategy.propose(3)) == code).all()
    found = bits.measure(search)
    assert 0 < found.named < 1
    assert found.named == found.drawn == found.averaged


@pytest.mark.parametrize("name", ["asng", "random"])
def test_an_arm_that_draws_is_measured_by_what_it_names_and_by_what_it_draws(short, data, name):
    search = bits.arm(name, 0, data)
    trace = bits.train(search)
    assert [row.shape for row in trace] == ([(len(bits.SPACE.decisions),)] if name == "asng" else [])
    found = bits.measure(search)
    assert all(0 < error < 1 for error in found)
    assert len({*found}) > 1


def test_the_halves_of_seeds_differ_and_a_structure_alone_keeps_its_bits(short, data):
    halves = [bits.half(bits.SPACE, seed) for seed in range(5)]
    assert len({tuple(code) for code in halves}) == 5
    assert 0.3 < np.mean(halves) < 0.7
    assert (bits.SPACE.encode(bits.alone(halves[1], 0, data).genotype()) == halves[1]).all()
