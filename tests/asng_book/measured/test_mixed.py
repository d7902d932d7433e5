"""Problems of integers, real numbers and choices: their losses, and runs that stop where they should."""

import numpy as np
import pytest

from asng_book.measured import mixed


@pytest.mark.parametrize("name", mixed.RIVALS)
def test_a_problem_has_its_least_loss_at_its_target(name):
    one = mixed.problem(name, seed=3)
    assert one.loss(one.target) == 0.0
    assert one.target == mixed.problem(name, seed=3).target != mixed.problem(name, seed=4).target
    for seed in range(20):
        assert one.loss(one.space.sample(seed)) > 0.0


def test_tied_reals_add_the_square_of_their_sum():
    one = mixed.problem("4 tied reals", seed=0)
    along = {name: value + 0.1 for name, value in one.target.items()}
    across = {name: value + sign * 0.1 for (name, value), sign in zip(one.target.items(), (1, -1, 1, -1), strict=True)}
    assert one.loss(across) == pytest.approx(4 * 0.01)
    assert one.loss(along) == pytest.approx(4 * 0.01 + mixed.PENALTY * 0.4**2)


def test_losses_of_a_method_never_rise():
    losses = mixed.best_losses("2 + 2 + 2", "random", 0, (5, 10, 20))
    assert losses == sorted(losses, reverse=True)
    assert losses == mixed.best_losses("2 + 2 + 2", "random", 0, (5, 10, 20))


@pytest.mark.parametrize("kind", mixed.KINDS)
def test_more_evaluations_leave_less(kind):
    few, many = (mixed.wrong_share(kind, 4, 0.3, 1, evaluations) for evaluations in (4, 200))
    assert 0.0 <= many <= few
    assert many < 0.1


def test_samples_cost_what_the_values_that_they_stand_for_cost():
    one = mixed.problem("2 + 2 + 2", seed=0)
    samples = np.array([[-3.0, 24.6]]), np.array([[0, 2]])
    targets = np.array([1, 25]), np.array([0, 1])
    assert mixed._losses(samples, targets) == pytest.approx([1.0])
    assert one.space.variables["n0"].high.item() == mixed.MOST


def test_unknown_names_are_refused_in_a_sentence():
    with pytest.raises(ValueError, match="must be one of"):
        mixed.problem("nothing", 0)
    with pytest.raises(ValueError, match="must be one of"):
        mixed.wrong_share("nothing", 2, 0.3, 0, 4)
