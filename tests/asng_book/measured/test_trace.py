"""A traced search is the search itself, and the trace says truly what had a gradient and what moved."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from asng_book.measured.trace import at_rest, trace_steps  # noqa: E402
from asng_edu.jobs.errors import Diverged  # noqa: E402
from asng_edu.nas import OneShot  # noqa: E402
from asng_edu.nas.data.datasets import Data, Images  # noqa: E402
from asng_edu.nas.training.search import Search  # noqa: E402
from asng_edu.nas.training.settings import CLUTTER  # noqa: E402

SETTINGS = CLUTTER.change(channels=2, batch=8, theta_batch=8, epochs=3, warmup=1 / 3, lam_x=2, lam=3)
STEPS = 4


def noise(count, seed):
    rng = np.random.default_rng(seed)
    pixels = torch.from_numpy(rng.integers(0, 256, (count, 1, 8, 8), dtype=np.uint8))
    return Images(pixels, torch.from_numpy(rng.integers(0, 3, count)))


DATA = Data("noise", ("a", "b", "c"), train=noise(32, 0), test=noise(8, 1), theta=noise(24, 2))


def new(**changes):
    return Search(SETTINGS.change(**changes), data=DATA, device="cpu")


@pytest.fixture(scope="module")
def search():
    search = new()
    search.taken = trace_steps(search, STEPS)
    return search


def test_it_is_the_search(search):
    plain = new()
    while plain.step < search.step:
        plain.advance()
    assert torch.equal(plain.flat.values, search.flat.values)
    assert plain.record()["theta"] == search.record()["theta"]
    assert not search.callbacks
    assert search.step == 4 + STEPS
    assert [step["step"] for step in search.taken["steps"]] == [5, 6, 7, 8]


def test_only_what_is_on_the_path_has_a_gradient(search):
    taken, space = search.taken, search.space
    assert [name for _, name, _ in taken["parts"]] == ["conv_1x1", "conv_3x3", "sep_conv_5x5"] * space.nodes
    for step in taken["steps"]:
        assert len(step["weights"]["codes"]) == SETTINGS.lam_x
        assert len(step["theta"]["codes"]) == len(step["theta"]["losses"]) == SETTINGS.strategy.lam
        for code, lengths in zip(step["weights"]["codes"], step["weights"]["gradients"], strict=True):
            cell = space.decode(code).normal
            used = {(node, name) for node, slots in enumerate(cell) for _, name in slots}
            for (node, name, _), length in zip(taken["parts"], lengths, strict=True):
                assert (length > 0) == ((node, name) in used)


def test_the_sizes_of_the_parts_are_those_of_the_modules(search):
    for node, name, numbers in search.taken["parts"]:
        modules = [cell.get_submodule(f"operations.node{node}_stride1_{name}") for cell in search.network.cells]
        assert numbers == sum(p.numel() for module in modules for p in module.parameters())


def test_a_part_moves_as_far_as_its_weights(search):
    fresh = new()
    while fresh.warming_up:
        fresh.advance()
    before = {name: value.detach().clone() for name, value in fresh.network.named_parameters()}
    (step,) = trace_steps(fresh, 1)["steps"]
    for (node, name, _), moved in zip(search.taken["parts"], step["weights"]["moved"], strict=True):
        squares = sum(
            float((value - before[full]).detach().square().sum())
            for full, value in fresh.network.named_parameters()
            if f"node{node}_stride1_{name}." in full
        )
        assert moved == pytest.approx(squares**0.5, rel=1e-3)


def test_what_is_at_rest_moves_too(search):
    weights, movement = at_rest(search.taken)
    assert 0.1 < weights < 1
    assert 0 < movement < 1
    silent = {"parts": [[0, "a", 3], [0, "b", 1]]}
    silent["steps"] = [{"weights": {"gradients": [[0.0, 1.0], [0.0, 0.0]], "moved": [1.0, 3.0]}}]
    assert at_rest(silent) == (0.75, 0.1)


def test_theta_is_that_of_the_search(search):
    last = search.taken["steps"][-1]["theta"]
    np.testing.assert_allclose(last["theta"], search.record()["theta"], rtol=1e-3)
    assert sum(last["utility"]) == pytest.approx(0, abs=1e-3)
    assert search.taken["theta"][:6] == pytest.approx([1 / 6] * 6, rel=1e-3)


def test_refusals(search):
    with pytest.raises(ValueError, match="at most the 4 that are left, but is 5"):
        trace_steps(search, 5)
    with pytest.raises(ValueError, match="steps must be"):
        trace_steps(search, 0)
    for change in ({"kinds": ("reduction",)}, {"share_inputs": False}):
        with pytest.raises(ValueError, match="needs a space of normal cells whose inputs share weights"):
            trace_steps(new(**change), 1)
    with pytest.raises(ValueError, match="with this strategy it rests"):
        trace_steps(new(strategy="random"), 1)


@pytest.mark.parametrize("batch", [8, 32])  # with 32, each step ends an epoch
def test_losses_of_theta_that_are_not_finite_end_the_trace(monkeypatch, batch):
    broken = new(batch=batch)
    trace_steps(broken, 1)
    monkeypatch.setattr(OneShot, "losses", lambda self, codes: np.full(len(codes), np.nan))
    with pytest.raises(Diverged, match="not finite"):
        trace_steps(broken, 1)


def test_a_loss_that_is_not_finite_ends_the_trace():
    broken = new()
    while broken.warming_up:
        broken.advance()
    with torch.no_grad():
        broken.flat.values.fill_(torch.inf)
    with pytest.raises(Diverged, match="not finite"):
        trace_steps(broken, 1)
