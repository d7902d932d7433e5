import math

import pytest

from asng_book.exercises import check
from asng_book.exercises.step_size import expected_ratio, unguarded


def rest_snr(delta, n_theta, alpha):
    beta = delta / math.sqrt(n_theta)
    m2 = (alpha - 1) * beta / (2 * (1 - beta))
    return m2 / (1 - m2)


RIGHT = [
    ("step-size-1", lambda t, beta: 1 - (1 - beta) ** (2 * t)),
    ("step-size-2", rest_snr),
    ("step-size-3", 1e-4),
    ("step-size-4", 27 * math.sqrt(120)),
]
WRONG = [
    ("step-size-1", lambda t, beta: 1 - (1 - beta) ** t, "line 7 gives"),
    ("step-size-2", lambda delta, n_theta, alpha: delta / (4 * math.sqrt(n_theta)), "at rest it is"),
    ("step-size-2", lambda delta, n_theta, alpha: math.nan, "above 0"),
    ("step-size-3", 0.01, "came through"),
    ("step-size-3", 3e-4, "Find a different"),
    ("step-size-3", 50.0, "not a small one"),
    ("step-size-3", -1, "above 0"),
    ("step-size-4", 100, "too small"),
]


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_is_right(name, answer, capsys):
    assert check(name, answer)
    assert capsys.readouterr().out == "Right.\n"


@pytest.mark.parametrize(("name", "answer", "help_"), WRONG)
def test_a_wrong_answer_gets_help(name, answer, help_, capsys):
    assert not check(name, answer)
    assert help_ in capsys.readouterr().out


def test_the_expected_ratio_is_that_of_the_text():
    for snr, beta in ((0.01, 0.1), (0.3, 0.5), (2.0, 0.02)):
        m2 = snr / (1 + snr)
        assert expected_ratio(snr, beta) == pytest.approx(1 + 2 * (1 - beta) * m2 / beta, rel=1e-9)


def test_the_unguarded_algorithm_breaks_only_where_it_says():
    update, beta = unguarded(3e-4, 0)
    assert update is not None
    assert beta > 2
    assert unguarded(0.1, 0)[0] is None
