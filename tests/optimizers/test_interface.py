"""What people expect of ask and tell: seeds, losses of any kind, failed evaluations, the best, the end, threads."""

import json
import logging
import math
import threading
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import torch
from generators import ALGORITHMS, FAMILIES, as_text, short, size_of

import asng_edu
from asng_book.measured.snr import step_direction
from asng_edu import ASNG, SNG, Categorical, Gaussian, Integer, Product, RandomSearch
from asng_edu.problems import onemax

DIE = Categorical(4, dim=3)
SAMPLES = [[0, 1, 2], [3, 1, 0], [2, 2, 2]]


def after(samples, losses, **options):
    """Return θ after one step, and what was reported."""
    asng = ASNG(DIE, lam=3)
    info = asng.tell(samples, losses, **options)
    return asng.theta.tolist(), info


@pytest.mark.parametrize("make", [*ALGORITHMS.values(), RandomSearch], ids=short)
def test_a_seed_is_a_generator(make):
    drawn = [make(DIE, **{name: 5}).ask().tolist() for name in ("rng", "seed")]
    assert drawn[0] == drawn[1] == make(DIE, rng=np.random.default_rng(5)).ask().tolist()
    with pytest.raises(ValueError, match="rng and seed"):
        make(DIE, rng=5, seed=5)
    with pytest.raises(ValueError, match="seed must be"):
        make(DIE, seed="five")


def test_a_seed_given_each_time_would_draw_one_batch_for_ever():
    asng = ASNG(DIE)
    asng.ask(0)
    before = as_text(asng.state_dict())
    with pytest.raises(ValueError, match="the same samples"):
        asng.ask(0)
    assert as_text(asng.state_dict()) == before
    asng.ask(np.random.default_rng(0))


@pytest.mark.parametrize("name", FAMILIES)
def test_families_draw_from_a_seed_too(name):
    family = FAMILIES[name]
    theta = family.initial_theta()
    assert repr(family.sample(theta, 0, 5)) == repr(family.sample(theta, np.random.default_rng(0), 5))
    for wrong in (None, -1, "0", 1.5):
        with pytest.raises(ValueError, match="rng must be"):
            family.sample(theta, wrong, 5)
    for wrong in (-1, 1.5, "2", 2**62):
        with pytest.raises((ValueError, MemoryError)):
            family.sample(theta, 0, wrong)


def test_a_seed_gives_the_parts_of_a_product_different_numbers():
    one, other = Product(DIE, DIE).sample(np.full(24, 0.25), 0, 20)
    assert (one != other).any()


# ------------------------------------------------------------------------------------------------ losses


EXACT = [1.0, 2.0, 4.0]  # the same in every type of float


@pytest.mark.parametrize(
    "losses",
    [
        np.array(EXACT, dtype=np.float32), np.array(EXACT, dtype=np.float16), np.array(EXACT, dtype=object),
        [Fraction(1), Decimal(2), np.float32(4)], tuple(EXACT), np.ma.array(EXACT), np.ma.array(EXACT, mask=False),
        *(torch.tensor(EXACT, dtype=dtype) for dtype in (
            torch.float64, torch.float32, torch.bfloat16, torch.float16, torch.int64, torch.uint8
        )),
        torch.tensor(EXACT, requires_grad=True), torch.tensor(EXACT, requires_grad=True).bfloat16(),
        [torch.tensor(x, requires_grad=True) for x in EXACT], [torch.tensor(1.0), 2.0, np.float64(4.0)],
        torch.tensor([EXACT, EXACT]).T[:, 0],
    ],
    ids=short,
)  # fmt: skip
def test_losses_of_any_kind_are_the_same_losses(losses):
    assert after(SAMPLES, losses)[0] == after(SAMPLES, EXACT)[0]


def deep(depth=100_000):
    value = 1.0
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    "losses",
    [
        np.ma.array(EXACT, mask=[True, False, False]), [np.ma.masked, 1.0, 2.0],
        np.array(["1", "2", "4"], dtype=object),
        [1.0, "2", 4.0], torch.tensor(EXACT, device="meta"), torch.tensor([1j, 2, 4]), torch.tensor(EXACT).to_sparse(),
        torch.tensor([1.0, math.nan, 4.0]), [torch.tensor(EXACT)] * 3, -(10**5000), [10**5000, 1, 2], deep(),
        [b"1", b"2", b"4"], np.array([1j, 2, 4], dtype=object),
    ],
    ids=[f"{n}" for n in range(14)],
)  # fmt: skip
def test_losses_of_no_use_are_refused_in_a_sentence(losses):
    with pytest.raises(ValueError, match=r"losses .*\.$") as caught:
        after(SAMPLES, losses)
    assert len(str(caught.value)) < 300


def test_samples_may_be_tensors():
    assert after(torch.tensor(SAMPLES), EXACT)[0] == after(SAMPLES, EXACT)[0]
    gaussian = Gaussian(1)
    given = torch.tensor([[1.0], [2.0]], requires_grad=True)
    assert gaussian.statistics(given).tolist() == [[1.0, 1.0], [2.0, 4.0]]
    family = Product(DIE, gaussian)
    drawn = family.sample(family.initial_theta(), 1, 4)
    tensors = tuple(torch.from_numpy(part) for part in drawn)
    np.testing.assert_array_equal(family.statistics(tensors), family.statistics(drawn))
    for family, wrong in [(DIE, torch.tensor(SAMPLES, device="meta")), (gaussian, np.ma.array([[1.0]], mask=True))]:
        with pytest.raises(ValueError, match="samples"):
            family.statistics(wrong)


@pytest.mark.parametrize("failed", [math.nan, math.inf])
@pytest.mark.parametrize("utility", ["mean", "rank"])
def test_a_failed_evaluation_is_the_worst_by_name_only(failed, utility):
    asng = ASNG(DIE, lam=3, utility=utility)
    with pytest.raises(ValueError, match="losses must be finite"):
        asng.tell(SAMPLES, [1.0, failed, 3.0])
    info = asng.tell(SAMPLES, [1.0, failed, 3.0], nan="worst")
    assert info.updated
    assert info.utility.argmin() == 1
    assert info.utility[1] < info.utility[2]
    assert asng.best_loss == 1.0
    for wrong in ([1.0, -math.inf, 3.0], [1.0, "nan", 3.0]):
        with pytest.raises(ValueError, match="losses"):
            asng.tell(SAMPLES, wrong, nan="worst")
    with pytest.raises(ValueError, match="nan must be one of raise, worst"):
        asng.tell(SAMPLES, EXACT, nan="best")


@pytest.mark.parametrize("loss", [0.0, 5.0, -1e300, 1.7e308, -1.7e308])
def test_of_two_the_failed_one_is_worse_whatever_the_other(loss):
    asng = ASNG(Categorical(3))
    theta = asng.theta.copy()
    assert asng.tell([[0], [1]], [math.nan, loss], nan="worst").updated
    assert asng.theta[1] > theta[1]


def test_if_all_have_failed_there_is_no_step_but_it_counts():
    asng = ASNG(DIE, lam=3)
    theta = asng.theta.copy()
    info = asng.tell(SAMPLES, [math.nan, math.inf, math.nan], nan="worst")
    assert not info.updated
    assert asng.state.t == 1
    assert asng.best is None
    np.testing.assert_array_equal(asng.theta, theta)


# ------------------------------------------------------------------------------------------------ the best, and the end


@pytest.mark.parametrize("name", FAMILIES)
def test_the_best_is_the_candidate_with_the_least_loss(name):
    family = FAMILIES[name]
    asng = ASNG(family, lam=4, seed=3)
    assert asng.best is None
    assert asng.best_loss == math.inf
    seen = []
    for t in range(5):
        samples = asng.ask()
        losses = np.cos(7.0 * np.arange(4) + t)
        asng.tell(samples, losses)
        seen += zip(losses, map(repr, family.decode(samples)), strict=True)
    least, candidate = min(seen)
    assert asng.best_loss == least
    assert repr(asng.best) == candidate
    again = ASNG(family, lam=4)
    again.load_state_dict(json.loads(as_text(asng.state_dict())))
    assert (again.best_loss, repr(again.best)) == (least, candidate)


def test_a_better_one_is_kept_apart_from_the_arrays_given():
    samples = np.array(SAMPLES)
    asng = ASNG(DIE)
    asng.tell(samples, [3.0, 1.0, 2.0])
    samples[:] = 0
    asng.best[:] = 2
    assert asng.best.tolist() == [3, 1, 0]


@pytest.mark.parametrize("margin", ["asng", "catcma", "none"])
def test_a_search_that_has_found_its_answer_says_so(margin):
    asng = ASNG(Categorical(3, dim=4, margin=margin), seed=0)
    told = 0
    while not asng.should_stop() and told < 20_000:
        samples = asng.ask()
        asng.tell(samples, onemax(samples))
        told += 1
    assert told < 20_000
    assert asng.mode().tolist() == [0, 0, 0, 0]
    again = ASNG(Categorical(3, dim=4, margin=margin))
    again.load_state_dict(asng.state_dict())
    assert again.should_stop()


def test_a_search_whose_answer_changes_does_not_stop():
    sng = SNG(Categorical(3, dim=4), 0.5, seed=0)
    noise = np.random.default_rng(1)
    for _ in range(500):
        sng.tell(sng.ask(), noise.normal(size=2))
        assert not sng.should_stop()


@pytest.mark.parametrize(
    "damage",
    [
        {"best": None}, {"best_loss": None}, {"best_loss": math.nan}, {"best_loss": "1"}, {"best": [0, 1]},
        {"best": [0, 1, 9]}, {"best": "abc"}, {"best": [[0, 1, 2]]}, {"best": []}, {"best": {}}, {"unchanged": -1},
        {"unchanged": None}, {"unchanged": 1.5}, {"unchanged": 3}, {"mode": [0, 1]}, {"mode": "abc"}, {"more": 1},
    ],
    ids=short,
)  # fmt: skip
def test_damaged_progress_is_refused(damage):
    asng = ASNG(DIE, seed=1)
    asng.tell(SAMPLES, EXACT)
    saved = asng.state_dict()
    before = as_text(saved)
    saved["progress"] |= damage
    with pytest.raises(ValueError, match=r"\.$"):
        asng.load_state_dict(saved)
    assert as_text(asng.state_dict()) == before


def test_a_state_of_endless_depth_is_refused():
    asng = ASNG(DIE, seed=1)
    for key in asng.state_dict():
        with pytest.raises(ValueError, match=r"\.$"):
            asng.load_state_dict(asng.state_dict() | {key: deep()})


def test_random_search_stays_where_it_is_and_keeps_the_best():
    search = RandomSearch(Categorical(3, dim=4), lam=5, seed=2)
    theta = search.theta.copy()
    for _ in range(100):
        samples = search.ask()
        info = search.tell(samples, onemax(samples))
        assert not info.updated
        assert (info.epsilon, info.delta) == (0.0, 0.0)
    np.testing.assert_array_equal(search.theta, theta)
    assert search.state.t == 100
    assert search.best.tolist() == [0, 0, 0, 0]
    assert not search.should_stop()


# ------------------------------------------------------------------------------------------------ threads and log


def test_updates_from_several_threads_all_count():
    asng = ASNG(Categorical(5, dim=30), seed=1)

    def work():
        for _ in range(100):
            samples = asng.ask()
            asng.tell(samples, onemax(samples))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert asng.state.t == 400


def test_a_skipped_update_is_logged_and_nothing_is_printed(caplog, capsys):
    with caplog.at_level(logging.DEBUG, logger="asng_edu"):
        SNG(DIE, 0.1).tell(SAMPLES, [1.0, 1.0, 1.0])
    (record,) = caplog.records
    assert record.name == "asng_edu"
    assert "skipped" in record.getMessage()
    assert capsys.readouterr() == ("", "")
    assert any(isinstance(handler, logging.NullHandler) for handler in logging.getLogger("asng_edu").handlers)


# ------------------------------------------------------------------------------------------------ sizes and silence


@pytest.mark.parametrize(
    "make",
    [
        lambda: Categorical(2**62, dim=4), lambda: Categorical(2**62), lambda: Categorical(4, dim=2**62),
        lambda: Categorical([2**62, 2**62]), lambda: Categorical([3, 2**31]), lambda: Categorical(10**5000),
        lambda: asng_edu.Bernoulli(2**62), lambda: Gaussian(2**62), lambda: ASNG(DIE, lam=2**62),
        lambda: ASNG(DIE, lam=10**5000), lambda: ASNG(DIE, lam=-(10**5000)), lambda: ASNG(DIE, seed=1).ask(size=2**62),
        lambda: asng_edu.SelectiveSquaredError(2**62, 2), lambda: asng_edu.SelectiveSquaredError(2, 2**62),
        lambda: Categorical(3, margin=10**5000), lambda: ASNG(DIE, 10**5000), lambda: ASNG(deep()),
        lambda: Categorical(deep()), lambda: Integer(-(10**5000), 3), lambda: Product(deep()),
    ],
)  # fmt: skip
def test_counts_have_an_upper_bound_and_messages_a_length(make):
    with pytest.raises(ValueError, match=r"\.$") as caught:
        make()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "make",
    [
        lambda: Gaussian(1, sigma=1e200), lambda: Gaussian(1, mean=1e200, sigma=1e195),
        lambda: Gaussian(1, sigma=1e-200, sigma_min=1e-200), lambda: Integer(0, 2**63 - 1),
        lambda: Integer(1, 9).decode([[math.nan]]), lambda: Integer(1, 9).decode([[math.inf]]),
        lambda: Product(Integer(1, 9), DIE).decode(([[math.nan]], [[0, 0, 0]])),
        lambda: Product(DIE, DIE).decode(([[0, 0, 0]], [[0, 0, 7]])),
        lambda: Categorical(2).fisher(np.array([0.0, 1.0])), lambda: asng_edu.Bernoulli(1).fisher(np.array([1.0])),
        lambda: DIE.minimal(np.zeros(3)), lambda: Product(DIE).minimal(np.zeros(3)),
        lambda: Gaussian(1).fisher(np.array([1.0, 1.0])), lambda: Gaussian(1).check_theta([0.0, 1e-320]),
        lambda: step_direction(Categorical(2), np.array([0.0, 1.0]), [[0], [1]], [0.0, 1.0]),
        *(lambda call=call: call(np.full(3, 0.5)) for family in (DIE, asng_edu.Bernoulli(2), Gaussian(2)) for call in (
            family.entropy, family.fisher, family.mode, family.project, lambda t, f=family: f.kl(t, t),
            lambda t, f=family: f.sample(t, 0, 2),
            lambda t, f=family: f.log_likelihood(t, f.sample(f.initial_theta(), 0, 2)),
        )),
    ],
)  # fmt: skip
def test_no_silent_infinity_or_garbage(make):
    with pytest.raises(ValueError, match=r"\.$"):
        make()


def test_the_length_of_a_step_that_revives_a_dead_category_is_infinite():
    assert Categorical(2).fisher_norm(np.array([0.0, 1.0]), np.array([0.1, -0.1])) == math.inf


def test_everything_says_what_it_is():
    asng = ASNG(Categorical(3, dim=2), seed=1)
    asng.tell(asng.ask(), [0.0, 1.0])
    for part in ("ASNG", "Categorical(3, dim=2", "delta0=1.0", "lam=2", "after 1 updates"):
        assert part in repr(asng)
    assert repr(asng_edu.SelectiveSquaredError(4, 3)) == f"SelectiveSquaredError(4, 3, noise={1 / 3})"
    assert size_of(asng.ask()) == 2
