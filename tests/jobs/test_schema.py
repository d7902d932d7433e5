"""Values that have a shape or not: what is wrong is said at every depth, whatever the value."""

import json
from typing import Annotated, Any, NotRequired, TypedDict

import pytest

from asng_edu.jobs import schema
from asng_edu.jobs.schema import Length, Range, SchemaError


class Part(TypedDict):
    name: str
    size: Annotated[int, Range(1, 9)]


class Whole(TypedDict):
    parts: list[Part]
    first: NotRequired[Part | None]
    rate: NotRequired[Annotated[float, Range(0, 1)]]
    pair: NotRequired[Annotated[list[int], Length(2, 2)]]
    words: NotRequired[dict[str, str]]
    done: NotRequired[bool]


GOOD: dict[str, Any] = {"parts": [{"name": "a", "size": 9}], "first": None, "rate": 1, "pair": [0, 2**70], "more": [{}]}


def nested(depth):
    value = 0
    for _ in range(depth):
        value = [value]
    return value


def test_a_value_comes_back_as_it_is():
    found = schema.read(Whole, GOOD)
    assert found == GOOD
    assert type(found["rate"]) is float
    assert schema.read(Whole, {"parts": [], "note": nested(20)})["parts"] == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"parts": 5}, "parts must be a list, but is 5."),
        ({"parts": [{"name": "a", "size": 1}, {"name": "b"}]}, "parts[1] must have size, but has not."),
        ({"parts": [{"name": "a", "size": 10**30}]}, "parts[0].size must be a whole number from 1 to 9, but is 1000"),
        ({"parts": [{"name": "a", "size": True}]}, "parts[0].size must be a whole number from 1 to 9, but is True."),
        ({"parts": [{"name": 1.5, "size": 1}]}, "parts[0].name must be text, but is 1.5."),
        ({"first": {"name": "a", "size": "1"}}, "first.size must be a whole number from 1 to 9, but is '1'."),
        ({"first": 3}, "first must be an object or null, but is 3."),
        ({"rate": 1.5}, "rate must be a finite number from 0 to 1, but is 1.5."),
        ({"rate": float("nan")}, "rate must be a finite number from 0 to 1, but is nan."),
        ({"pair": [1]}, "pair must have 2 entries, but has 1."),
        ({"words": {"a b": None}}, "words.'a b' must be text, but is None."),
        ({"done": 1}, "done must be true or false, but is 1."),
        ({"more": {"deeper": [10**200]}}, "more.deeper[0] must be a whole number from"),
        ({"more": nested(900)}, "more[0][0] must have at most 32 levels"),
        ({"\ud800": nested(900)}, "'\\ud800'[0][0] must have at most 32 levels"),
        ({"first": "\ud800" * 200}, "first must be an object or null, but is '\\ud800"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(change, sentence):
    with pytest.raises(SchemaError) as error:
        schema.read(Whole, {**GOOD, **change})
    assert str(error.value).startswith(sentence)
    assert len(str(error.value)) < 250
    str(error.value).encode()  # fit to be printed


@pytest.mark.parametrize("value", [None, 5, [], "x", float("inf")])
def test_a_whole_of_another_kind(value):
    with pytest.raises(SchemaError, match="the record must be an object, but is "):
        schema.read(Whole, value, "the record")


def test_a_file_may_begin_with_a_mark(tmp_path):
    file = tmp_path / "a.json"
    file.write_text(json.dumps(GOOD), encoding="utf-8-sig")
    assert schema.load(file) == GOOD


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe\x00", b"[" * 100_000, b"9" * 5000, b"[1]]"])
def test_a_file_that_is_no_json(tmp_path, content):
    file = tmp_path / "a.json"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"^is no JSON, or is damaged\.$"):
        schema.load(file)


def test_a_file_that_does_not_end():
    with pytest.raises(ValueError, match="is larger than"):
        schema.load("/dev/zero")
