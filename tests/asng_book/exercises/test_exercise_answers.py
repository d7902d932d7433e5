"""What the page makes of an answer: the script reads numbers, and says what the library's verdicts say."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asng_book.exercises import Choice, Number, exercises

quickjs = pytest.importorskip("quickjs", reason="quickjs-ng evaluates the scripts; it is not installed")

SCRIPT = Path(__file__).resolve().parents[3] / "book" / "_assets" / "answers.js"
UNREADABLE = [
    "", " ", "?", "two", "1.2.3", "1,2,3", "1..2", "(1", "1)", "1 2", "2√", "1/", "e", "NaN", "Infinity", "(-1)!",
    "alert(1)", "1,", "x", "(" * 100_000, "1=1",
]  # fmt: skip
MARKED = {name: each for name, each in exercises().items() if isinstance(each.verdict, Number | Choice)}


@pytest.fixture(scope="module")
def call():
    context = quickjs.Context()
    context.eval(SCRIPT.read_text(encoding="utf-8"))

    def call(name, *values):
        arguments = ", ".join(json.dumps(value) for value in values)
        text = f"""JSON.stringify((() => {{
          try {{ return ASNG_ANSWERS.{name}({arguments}); }} catch (error) {{ return error.message; }}
        }})())"""
        return json.loads(context.eval(text))

    return call


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0.25", 0.25), (" .25 ", 0.25), ("1/4", 0.25), ("0,25", 0.25), ("1e-3", 1e-3), ("1E3", 1000),
        ("2,5e-3", 2.5e-3),
        ("-3", -3), ("−3", -3), ("+3", 3), ("2.56 × 10^25", 2.56e25), ("2.56·10²⁵", 2.56e25), ("2.56*10**25", 2.56e25),
        ("2.56 x 10^25", 2.56e25), ("10⁻³", 1e-3), ("10^-3", 1e-3), ("78000", 78_000), ("78 000", 78_000),
        ("78_000", 78_000), ("11,250,000", 11_250_000), ("11.250.000", 11_250_000), ("1,234.5", 1234.5),
        ("1.234,5", 1234.5), ("1,25", 1.25), ("0,125", 0.125), ("12.7 %", 0.127), ("6! * 5^6", 11_250_000),
        ("27√120", 27 * math.sqrt(120)), ("1 - 1/(2√2)", 1 - 1 / (2 * math.sqrt(2))),
        ("1-(29/30)^4", 1 - (29 / 30) ** 4),
        ("π", math.pi), ("2pi/2", math.pi), ("-2^2", -4), ("2^3^2", 512), ("2^-1", 0.5), ("sqrt(4) + 1", 3),
        ("2 (3 + 4)", 14), ("8/2/2", 2), ("5-3-1", 1),
        ("１／４", 0.25), ("＝　０．２５", 0.25), ("= 1/4", 0.25), ("1⁄4", 0.25), ("\u200b0.25", 0.25),
        ("78'000", 78_000),
    ],
)  # fmt: skip
def test_a_number_is_read(call, text, value):
    assert call("readNumber", text) == pytest.approx(value, rel=1e-14)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        *((text, "a number is asked for") for text in UNREADABLE),
        ("78,000", "write 78000, or 78.000 with a point"),
        ("1/0", "no finite value"),
        ("1e400", "no finite value"),
        ("√(0-1)", "no finite value"),
        ("200!", "no finite value"),
    ],
)  # fmt: skip
def test_what_is_no_number_is_refused_in_a_sentence(call, text, said):
    assert said in call("readNumber", text)
    reply = call("reply", {"kind": "number", "answer": 1, "tolerance": 1e-3}, text)
    assert reply["right"] is False
    assert reply["text"].startswith("Not yet: ")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_as_in_python(call, value):
    digits = float(call("sixDigits", value))
    assert digits == pytest.approx(float(f"{value:.6g}"), rel=1.1e-5, abs=0)  # a tie may be rounded either way
    if value != 0 and f"{value:.7g}"[-1] != "5":
        assert call("sixDigits", value) == f"{value:.6g}"


@pytest.mark.parametrize("answer", [-7.5, 0.0, 1e-9, 0.0267, 300.0, 6.89e21])
@pytest.mark.parametrize("tolerance", [1e-3, 0.15])
def test_the_page_judges_numbers_as_the_library_does(call, answer, tolerance):
    verdict = Number(lambda: answer, tolerance)
    near = [answer * (1 + times * tolerance) for times in (-2, -1.001, -0.999, 0, 0.5, 0.999, 1.001, 2)]
    for value in [*near, *(answer + times * tolerance * 1e-3 for times in (-1.1, -0.9, 0.9, 1.1)), 0.0, -1e30, 1e30]:
        problem = verdict(value)
        expected = {"right": problem is None, "text": "Right." if problem is None else f"Not yet: {problem}"}
        found = call("reply", {"kind": "number", "answer": answer, "tolerance": tolerance}, repr(value))
        assert found == expected, value


@pytest.mark.parametrize("name", [name for name, each in MARKED.items() if isinstance(each.verdict, Choice)])
def test_the_page_judges_letters_as_the_library_does(call, name):
    verdict = MARKED[name].verdict
    data = {"kind": "choice", "answer": verdict.compute(), "replies": dict(verdict.replies)}
    for letter in verdict.replies:
        problem = verdict(letter)
        expected = f"Right. {verdict.because()}" if problem is None else f"Not yet: {problem}"
        assert call("reply", data, letter) == {"right": problem is None, "text": expected}
    assert call("reply", data, None) == {"right": False, "text": "Not yet: choose one of the answers."}
