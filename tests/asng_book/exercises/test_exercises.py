"""Whatever a reader answers, every exercise replies with a sentence, and accepts no nonsense."""

import subprocess
import sys

import numpy as np
import pytest
from generators import short

from asng_book.exercises import Choice, Exercise, Number, check, exercises


def fails(*arguments, **options):
    raise RuntimeError("not written yet")


NONSENSE = [
    None, "nonsense", "", b"1", object(), [], {}, (), -1e9, 1e300, float("nan"), float("inf"), 10**400, 1j, True,
    np.array([]), np.array(["a"]), np.full((3, 3), np.nan), np.zeros(7), len, fails, lambda: None,
    lambda *a, **k: None, lambda *a, **k: "x", lambda *a, **k: np.nan, lambda *a, **k: np.zeros((2, 9)),
    lambda *a, **k: fails, lambda *a, **k: 1e17, lambda *a, **k: -1e200, lambda *a, **k: np.inf, lambda *a, **k: 1j,
]  # fmt: skip


@pytest.mark.parametrize("name", sorted(exercises()))
def test_nonsense_is_refused_in_a_sentence(name, capsys):
    for answer in NONSENSE:
        accepted = check(name, answer)
        printed = capsys.readouterr().out
        assert accepted is False, short(answer)
        assert printed.startswith("Not yet: "), short(answer)
        assert len(printed.strip()) > len("Not yet: ") + 10, short(answer)


@pytest.mark.parametrize("name", sorted(exercises()))
def test_hints_are_there_and_come_one_by_one(name, capsys):
    hints = exercises()[name].hints
    assert hints
    for shown in range(len(hints) + 2):
        check(name, None, hint=shown)
        printed = " ".join(capsys.readouterr().out.split())  # it is wrapped
        assert [hint in printed for hint in hints] == [k < shown for k in range(len(hints))]


@pytest.mark.parametrize("name", sorted(exercises()))
def test_what_the_page_marks_has_three_hints(name):
    exercise = exercises()[name]
    if isinstance(exercise.verdict, Number | Choice):
        assert len(set(exercise.hints)) == 3


def test_a_right_letter_gets_its_sentence(monkeypatch, capsys):
    choice = Choice(lambda: "b", {"a": "no: a", "b": "Because."})
    monkeypatch.setattr("asng_book.exercises._find", {"one": Exercise(choice)}.get)
    assert check("one", "b") is True
    assert check("one", "a") is False
    assert capsys.readouterr().out == "Right. Because.\nNot yet: no: a\n"


def test_an_exercise_loads_no_other_chapters():
    code = "import sys; from asng_book.exercises import check; check('step-size-2', 0); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = [name for name in done.stdout.split() if name.startswith("asng_book.exercises.")]
    assert loaded == ["asng_book.exercises.step_size"]


def test_an_unknown_exercise():
    with pytest.raises(ValueError, match="there is no exercise 'stepsize-1'; there are"):
        check("stepsize-1", 1.0)


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        (2.5, None),
        (np.float32(2.5), None),
        ("2.5", None),
        (2.5004, None),
        (2.6, "large"),
        (2.4, "small"),
        (-2.5, "small"),
        (float("inf"), "large"),
        (float("nan"), "a number is asked for"),
        (None, "a number is asked for"),
        (10**400, "a number is asked for"),
    ],
)
def test_number(answer, reply):
    said = Number(lambda: 2.5)(answer)
    assert said is None if reply is None else reply in said


@pytest.mark.parametrize(
    ("answer", "reply"),
    [("b", None), (" (B) ", None), ("a", "no: a"), ("c", "one of the letters a, b"), (2, "one of the letters a, b")],
)
def test_choice(answer, reply):
    said = Choice(lambda: "b", {"a": "no: a", "b": "because"})(answer)
    assert said is None if reply is None else reply in said


def test_an_answer_that_raises_is_an_answer(monkeypatch, capsys):
    monkeypatch.setattr("asng_book.exercises._find", {"one": Exercise(lambda f: f(), ("try",))}.get)
    assert check("one", fails, hint=1) is False
    assert capsys.readouterr().out == "Not yet: your code raised RuntimeError: not written yet\nHint: try\n"
    assert check("one", lambda: None) is True
    assert capsys.readouterr().out == "Right.\n"
