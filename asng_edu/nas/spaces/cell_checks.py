"""What may be given to a space: names of operations and of kinds, and slots of cells whose input is fixed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

from asng_edu._common.checks import short

Fixed = tuple[tuple[int, int, int], ...]  # (node, slot, input)


def check_operations(value: Any) -> tuple[str, ...]:
    """Return the names of operations as a tuple, if each can be one and none is there twice."""
    operations = check_names("operations", value)
    for operation in operations:
        if not re.fullmatch(r"\w[\w-]*", operation):
            raise ValueError(f"operations must be named by letters, digits, _ and -, but one is {short(operation)}.")
    return operations


def check_names(name: str, value: Any) -> tuple[str, ...]:
    """Return a sequence of names as a tuple, if it has at least one and none twice."""
    if isinstance(value, str) or not isinstance(value, Sequence) or not value:
        raise ValueError(f"{name} must be a sequence of at least one name, but is {short(value)}.")
    for entry in value:
        if not isinstance(entry, str):
            raise ValueError(f"{name} must be names, but one is {short(entry)}.")
    if len(set(value)) < len(value):
        raise ValueError(f"{name} must not name one twice, but is {short(value)}.")
    return tuple(value)


def check_fixed(fixed: Any, nodes: int, slots: int, inputs: int) -> Fixed:
    """Return slots whose input is fixed, in order, if a cell of so many nodes, slots and inputs has them."""
    form = "fixed must be a sequence of (node, slot, input)"
    if isinstance(fixed, str) or not isinstance(fixed, Iterable):
        raise ValueError(f"{form}, but is {short(fixed)}.")
    checked: dict[tuple[int, int], int] = {}
    for entry in fixed:
        if not isinstance(entry, list | tuple) or len(entry) != 3 or any(type(n) is not int for n in entry):
            raise ValueError(f"{form}, three whole numbers, but one is {short(entry)}.")
        node, slot, source = entry
        if not (0 <= node < nodes and 0 <= slot < slots):
            raise ValueError(f"{form} with nodes below {nodes} and slots below {slots}, but one is {short(entry)}.")
        if not 0 <= source < inputs + node:
            raise ValueError(
                f"{form}, and node {node} can read the inputs 0 to {inputs + node - 1}, but one is {entry}."
            )
        if (node, slot) in checked:
            raise ValueError(f"{form} and name a slot once, but names node {node}, slot {slot} twice.")
        checked[node, slot] = source
    return tuple(sorted((node, slot, source) for (node, slot), source in checked.items()))
