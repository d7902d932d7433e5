"""Every number on the ledger of claims is computed again, and the ledger, its record and its pages agree."""

import dataclasses
import inspect
import json
from pathlib import Path

import pytest

from asng_book.__main__ import main
from asng_book.claims import ledger, method, search, sweep
from asng_book.claims.numbers import numbers

ROOT = Path(__file__).resolve().parents[2]
CLAIMS = ledger.read()
IDS = [claim.id for claim in CLAIMS]
CHECKED = [
    pytest.param(claim, id=claim.id, marks=[pytest.mark.slow] if claim.slow else []) for claim in CLAIMS if claim.check
]


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """Return a function that makes a ledger of its own, beside an empty record."""

    def make(text):
        file = tmp_path / "claims.yml"
        file.write_text(text, encoding="utf-8")
        monkeypatch.setattr(ledger.read, "__defaults__", (file,))
        for function in (ledger.read_record, ledger.record):
            monkeypatch.setattr(function, "__defaults__", (tmp_path / "claims.json",))
        return tmp_path / "claims.json"

    return make


@pytest.mark.parametrize("claim", CHECKED)
def test_a_claim_is_what_its_check_computes(claim):
    assert claim.differs(claim.find()) is None


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_the_record_is_of_this_ledger(claim):
    found = ledger.read_record().get(claim.id)
    if not claim.check:
        assert found is None
        return
    assert found, "run 'asng-book claims --slow --record'"
    assert claim.differs(ledger.Finding(found["values"], found["verdict"])) is None
    assert claim.measured.format(**found["values"])
    assert {"date", "commit", "versions", "machine"} <= set(found)


@pytest.mark.parametrize("claim", CLAIMS, ids=IDS)
def test_what_pages_state_is_what_the_ledger_has(claim):
    values = [value for value in claim.values.values() if not isinstance(value, str)]
    for phrase in (phrase for phrases in claim.stated.values() for phrase in phrases):
        stated = [number for number in numbers(phrase) if number.value not in (0, 1, 2)]
        assert stated, f"{phrase!r} has no number to check"
        for number in stated:
            assert any(number.rounds(value) for value in values), f"{number.text} in {phrase!r}"


def test_every_check_is_on_the_ledger():
    used = {claim.check for claim in CLAIMS}
    for module in (method, sweep, search):
        for name, function in inspect.getmembers(module, inspect.isfunction):
            if function.__module__ == module.__name__ and function.__annotations__.get("return") == "Finding":
                assert f"{module.__name__.rpartition('.')[2]}.{name}" in used


def test_a_check_can_fail():
    claim = next(claim for claim in CLAIMS if claim.id == "price")
    assert "naonet is 1818.18, but" in dataclasses.replace(
        claim, values={"nasnet": 16363.6363, "naonet": 3000}
    ).differs(claim.find())
    assert "the ledger says that it holds" in dataclasses.replace(claim, verdict="holds").differs(claim.find())
    assert "the ledger has hours" in dataclasses.replace(claim, values={"hours": 1}).differs(claim.find())


@pytest.mark.parametrize(
    ("check", "method", "changed", "verdict"),
    [
        (search.price, "NAONet", {"days": 1000.0}, "holds"),
        (search.dearer_is_better, "NASNet-A", {"error": 0.02}, "holds"),
        (search.dearer_is_better, "NAONet", {"error": 0.05}, "fails"),  # apart by as much, to the other side
        (search.fastest_of_similar, "SNAS", {"days": 0.1}, "fails"),
        (search.fastest_of_similar, "SNAS", {"error": 0.05}, "fails"),
        (search.trade_off, "NASNet-A", {"error": 0.05}, "qualified"),
        (search.trade_off, "ASNG-NAS", {"error": 0.01}, "fails"),
        (search.gpu_hours, "ASNG-NAS", {"days": 0.12}, "fails"),
    ],
)
def test_another_table_gets_another_verdict(monkeypatch, check, method, changed, verdict):
    rows = search.table1()
    rows[method] |= changed
    monkeypatch.setattr(search, "table1", lambda: rows)
    assert check().verdict == verdict


@pytest.mark.parametrize(
    ("found", "claimed", "tolerance", "yes"),
    [
        (1.0, 1.0, 0.0, True),
        (1.01, 1.0, 0.02, True),
        (1.03, 1.0, 0.02, False),
        (-1.01, -1.0, 0.02, True),
        (0.0, "< 1e-9", 0.0, True),
        (1e-9, "< 1e-9", 0.0, False),
        (0.1, "> 0", 0.0, True),
        (0.0, "> 0", 0.0, False),
        (float("nan"), 1.0, 0.1, False),
        (float("nan"), "< 1", 0.1, False),
    ],
)
def test_within(found, claimed, tolerance, yes):
    assert ledger.within(found, claimed, tolerance) is yes


@pytest.mark.parametrize(
    ("text", "value", "half"),
    [
        ("1,800 days", 1800.0, 0.5),
        ("about 2.56 × 10²⁵", 2.56e25, 0.005e25),
        (r"about $6.89 \times 10^{21}$", 6.89e21, 0.005e21),
        (r"$4.44 \times 10^5$", 4.44e5, 0.005e5),
        ("3 × 10⁻²", 0.03, 0.005),
        ("10²⁵ codes", 1e25, 0.0),
        ("2.83 %", 0.0283, 0.00005),
        ("11{,}250{,}000", 11_250_000.0, 0.5),
        ("1e-6", 1e-6, 0.5e-6),
        ("it is 0.50.", 0.5, 0.005),
        ("1, 2", 1.0, 0.5),
    ],
)
def test_numbers(text, value, half):
    first = next(numbers(text))
    assert first.value == pytest.approx(value, rel=1e-12)
    assert first.half == pytest.approx(half, rel=1e-12)
    assert text[first.start : first.end] == first.text


def test_numbers_inside_names_are_none():
    assert [number.text for number in numbers("conv3x3 x2 v1.2 of A5, 7")] == ["7"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- {id: a, says: b", "is not YAML"),
        ("claims: 3", "must be a list of claims"),
        ("- 3", "3 in claims.yml is no claim"),
        ("\x00", "is not YAML"),
        ("- {id: a}", "a in claims.yml: missing 1 required"),
        ("- {id: a, says: b, colour: red}", "a in claims.yml: got an unexpected keyword argument 'colour'"),
        ("- {id: a, says: b, verdict: maybe}", "the verdict must be one of holds, qualified, fails, untested"),
        ("- {id: a, says: b, verdict: untested}", "must say why"),
        ("- {id: a, says: b, check: search.space}", "it needs a check, values"),
        ("- {id: a, says: b, values: {x: 1}, measured: c}", "it needs a check, values"),
        ("- {id: a, says: b, check: c, measured: d, values: {x: <= 1}}", "a bound must be written as"),
        ("- {id: a, says: b, check: c, measured: d, values: {x: 1e-6}}", "but is '1e-6'"),
        ("- {id: a, says: b, check: c, measured: d, values: {x: [1]}}", "x must be a number or a bound, but is [1]"),
        ("- {id: a, says: b, verdict: untested, because: c}\n" * 2, "more than one a"),
        ("- {id: 3, says: b, verdict: untested, because: c}", "id must be a text, in quotes if need be, but is 3"),
        ("- {id: a, says: b, check: search.space, values: [1], measured: c}", "values must be a mapping"),
        ("- {id: a, says: b, check: search.nowhere, values: {x: 1}, measured: c}", "has no such function"),
        ("- {id: a, says: b, check: nowhere.space, values: {x: 1}, measured: c}", "has no such function"),
    ],
)
def test_a_bad_ledger_is_refused_in_a_sentence(scratch, text, message, capsys):
    scratch(text)
    assert main(["claims"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("asng-book: ")
    assert message in said


@pytest.mark.parametrize("text", ["{", "[1]", ""])
def test_a_damaged_record_is_named_before_anything_is_computed(scratch, text, capsys):
    scratch(ONE % 2.64).write_text(text, encoding="utf-8")
    assert main(["claims"]) == 2
    printed, said = capsys.readouterr()
    assert printed == ""
    assert "claims.json' is damaged: restore it" in said


def test_outside_the_source_tree_there_is_no_ledger(scratch, tmp_path, capsys):
    scratch("")
    (tmp_path / "claims.yml").unlink()
    assert main(["claims"]) == 2
    assert "it comes with the book's source tree, not with the library" in capsys.readouterr().err


ONE = "- {id: hours, says: s, check: search.gpu_hours, values: {hours: %s}, measured: '{hours:.2f}'}\n"


def test_the_command_tells_right_from_wrong(scratch, capsys):
    record = scratch(ONE % 2.64)
    assert main(["claims"]) == 0
    assert "1 checked, 0 not as the ledger says" in capsys.readouterr().out
    assert not record.exists()
    scratch(ONE % 2.7)
    assert main(["claims"]) == 1
    assert "WRONG  hours" in (said := capsys.readouterr().out)
    assert "hours is 2.64, but the ledger says 2.7" in said


def test_the_command_records(scratch):
    record = scratch(ONE % 2.64)
    assert main(["claims", "--record"]) == 0
    found = json.loads(record.read_text(encoding="utf-8"))["hours"]
    assert found["values"] == {"hours": pytest.approx(2.64)}
    assert found["verdict"] == "holds"


def test_slow_checks_are_listed_with_their_age_and_run_by_name(scratch, capsys):
    scratch(ONE.replace("}\n", ", slow: true}\n") % 2.64)
    assert main(["claims"]) == 0
    said = capsys.readouterr().out
    assert "0 checked" in said
    assert "never  asng-book claims hours" in said
    assert main(["claims", "hours", "--record"]) == 0
    capsys.readouterr()
    assert main(["claims"]) == 0
    assert "today  asng-book claims hours" in capsys.readouterr().out


def test_an_unknown_claim_is_refused_in_a_sentence(capsys):
    assert main(["claims", "nonsense"]) == 2
    assert "the ledger has no nonsense; it has" in capsys.readouterr().err


@pytest.mark.parametrize(("date", "words"), [("2026-01-01", " days"), ("2999-01-01", "today")])
def test_age(date, words):
    assert ledger.age(date).endswith(words)
