"""The records that runs leave: how they are written, and how every reader of one has it checked."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Annotated, Any, NotRequired, TypedDict

from asng_edu._common.checks import short
from asng_edu.jobs import schema
from asng_edu.jobs.schema import Length, Range, SchemaError

Count = Annotated[int, Range(0, 2**53)]
Size = Annotated[int, Range(1, 2**31)]
Seconds = Annotated[float, Range(0, 10**12)]


class Provenance(TypedDict):
    """Where a part of a run was computed."""

    command: str
    date: NotRequired[str]
    commit: NotRequired[str | None]
    versions: NotRequired[dict[str, str]]
    machine: NotRequired[str]
    device: NotRequired[str]
    processes: NotRequired[Size]
    threads: NotRequired[Size]


class Resumed(Provenance):
    """Where it went on, from a step on."""

    from_step: Count


class DataRecord(TypedDict):
    """What a record tells of the data."""

    name: str
    classes: Annotated[list[str], Length(1, 2**20)]
    training: NotRequired[Size]
    test: NotRequired[Size]
    shape: Annotated[list[Size], Length(3, 3)]
    checksum: NotRequired[str]


class Begun(TypedDict):
    """What a run's record and its checkpoints have in common."""

    kind: str
    settings: dict[str, Any]
    provenance: Provenance
    resumed: list[Resumed]
    seconds: Seconds


class Checkpoint(Begun):
    """What a checkpoint of a run tells beside its tensors."""

    task: dict[str, Any]


class Record(Begun):
    """The record of a run of any kind; a kind may have more."""

    step: Count
    steps: Count
    finished: bool


class Line(TypedDict):
    """What a record tells of an epoch."""

    epoch: Size
    theta: NotRequired[list[float]]
    genotype: NotRequired[Any]
    warmup: NotRequired[bool]
    skipped: NotRequired[Count]


class NetworkRecord(Record):
    """What a search and a retraining tell of their network."""

    genotype: Any
    parameters: Count
    multiply_adds: Annotated[int, Range(0, 2**63)]
    data: DataRecord
    history: list[Line]


class SearchRecord(NetworkRecord):
    """The record of a search."""

    theta: NotRequired[list[float]]


class RetrainRecord(NetworkRecord):
    """The record of a retraining; the test is None before it."""

    cells: Size
    channels: Size
    test_error: Annotated[float, Range(0, 1)] | None
    standard_error: Annotated[float, Range(0, 1)] | None
    test_loss: float | None


KINDS: dict[str, type[Record]] = {"search": SearchRecord, "retrain": RetrainRecord}


class RecordError(ValueError):
    """A file that is no record of a run, or of another kind than is wanted; the message says why."""


def read(path: str | os.PathLike[str], kind: str | None = None) -> Record:
    """Return the record of a run in a file, checked at every depth.

    What only the kind knows, the meaning of its settings and genotypes, is left to it.

    Parameters
    ----------
    path : path
        The file, or, if a kind is given, the folder of the run.
    kind : str, optional
        Such as ``search``: records of others are refused.

    Raises
    ------
    RecordError
    """
    path = Path(path)
    if kind is not None and path.is_dir():
        path = path / f"{kind}.json"
    try:
        return check(schema.load(path), kind)
    except OSError as error:
        raise RecordError(f"{str(path)!r} cannot be read: {error.strerror or error}.") from None
    except SchemaError as error:
        raise RecordError(f"{str(path)!r} is no record of a {kind or 'run'}: {error}") from None
    except ValueError as error:
        raise RecordError(f"{str(path)!r} {error}") from None


def check(value: Any, kind: str | None = None) -> Record:
    """Return the record of a run, already loaded from JSON, if it is one.

    Raises
    ------
    SchemaError
        In a sentence that says where it is not.
    """
    record = schema.read(Record, value, "the record")
    record = schema.read(KINDS.get(record["kind"], Record), record, "the record")
    if kind is not None and record["kind"] != kind:
        raise SchemaError("the record", ("kind",), f"must be {kind!r}, but is {short(record['kind'])}.")
    if record["step"] > record["steps"]:
        raise SchemaError("the record", ("step",), f"must be at most {record['steps']:,}, but is {record['step']:,}.")
    return record


def plain(value: Any) -> Any:
    """Return a value as JSON without NaN and infinity can hold it: these become None, arrays lists, keys text.

    >>> import numpy as np
    >>> plain({"theta": np.array([0.5, np.nan]), 3: (np.int64(1), np.inf)})
    {'theta': [0.5, None], '3': [1, None]}
    """
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy's and torch's
        return plain(value.tolist())
    return None if isinstance(value, float) and not math.isfinite(value) else value


def dumps(value: Any) -> str:
    """Return a record as JSON text, a list of numbers in one line."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)
    # A line break is never inside a string, so these are lists that hold no other.
    return re.sub(r"\[\n *([^\[\]{}]*?)\n *\]", lambda found: "[" + re.sub(r"\n *", " ", found[1]) + "]", text) + "\n"
