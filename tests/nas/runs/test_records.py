"""Records of runs: what a run wrote reads, and what is forged at any depth is refused in a sentence."""

import json
import random

import pytest

from asng_book.pages import results
from asng_edu.nas.runs import records
from asng_edu.nas.runs.records import RecordError

COMMITTED = sorted(path.name for path in results.FOLDER.glob("cifar10_*.json"))


@pytest.fixture(scope="module")
def found():
    return json.loads(results.path("cifar10_retrain_found.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", COMMITTED)
def test_committed_records_read(name):
    kind = name.split("_")[1].removesuffix(".json")
    assert records.read(results.path(name), kind) == json.loads(results.path(name).read_text(encoding="utf-8"))


def test_a_folder_and_a_mark(tmp_path, found):
    (tmp_path / "retrain.json").write_text(json.dumps(found), encoding="utf-8-sig")
    assert records.read(tmp_path, "retrain") == found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "search"}, "kind must be 'retrain', but is 'search'"),
        ({"data": {"classes": 5}}, "data must have name"),
        ({"data": {"name": "x", "classes": 5, "shape": [1, 8, 8]}}, "data.classes must be a list, but is 5"),
        ({"resumed": 5}, "resumed must be a list, but is 5"),
        ({"resumed": [{"command": "x"}]}, "resumed[0] must have from_step, but has not"),
        ({"provenance": []}, "provenance must be an object, but is []"),
        ({"channels": 10**30}, "channels must be a whole number from 1 to"),
        ({"history": [{"epoch": 0}]}, "history[0].epoch must be a whole number from 1"),
        ({"settings": {"seed": 10**60}}, "settings.seed must be a whole number"),
        ({"step": 10**6}, "step must be at most 2,731, but is 1,000,000"),
        ({"finished": "yes"}, "finished must be true or false, but is 'yes'"),
    ],
)
def test_a_forged_record_is_refused(tmp_path, found, change, sentence):
    file = tmp_path / "retrain.json"
    file.write_text(json.dumps({**found, **change}), encoding="utf-8")
    with pytest.raises(RecordError) as error:
        records.read(file, "retrain")
    assert f"{str(file)!r} is no record of a retrain: {sentence}" in str(error.value)


@pytest.mark.parametrize("content", [b"", b"5", b"[[]]", b"[" * 100_000, b"\xff\xff"])
def test_a_damaged_file_is_refused(tmp_path, content):
    file = tmp_path / "search.json"
    file.write_bytes(content)
    for path in (file, tmp_path, tmp_path / "none.json"):
        with pytest.raises(RecordError):
            records.read(path, "search")


HOSTILE = [None, True, -1, 10**30, 1e300, float("nan"), "", "\ud800", "x" * 10_000, [], [[[]]], {}, {"a": {"b": 1}}]


def forge(value, draw):
    """Return a value in which a few places are another."""
    if isinstance(value, dict | list) and value and draw.random() < 0.9:
        copy = value.copy()
        places = list(value) if isinstance(value, dict) else range(len(value))
        for place in draw.choices(places, k=draw.choice([1, 1, 2])):
            copy[place] = forge(value[place], draw)
        if draw.random() < 0.1:
            del copy[draw.choice(places)]
        return copy
    return draw.choice(HOSTILE)


@pytest.mark.parametrize("count", [20, pytest.param(500, marks=pytest.mark.slow)])
def test_many_forged_records(tmp_path, found, count):
    """Each is read, or refused in one short sentence."""
    draw, said = random.Random(count), []
    file = tmp_path / "retrain.json"
    for _ in range(count):
        file.write_text(json.dumps(forge(found, draw)), encoding="utf-8")
        try:
            records.read(file, "retrain")
        except RecordError as error:
            said.append(str(error))
    assert len(said) > count / 4
    assert not [sentence for sentence in said if "\n" in sentence or len(sentence) > 500]
