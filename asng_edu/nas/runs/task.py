"""What can be run in a folder: something that advances by steps and can put its whole state into tensors and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol

from asng_edu.nas.runs.checkpoint import Tensors, Values


class Task(Protocol):
    """What :func:`asng_edu.nas.run` runs."""

    kind: ClassVar[str]  # names the record: search.json
    step: int  # how many steps are done
    steps: int  # and how many there are

    @property
    def device_name(self) -> str:
        """What computes, in words."""

    @property
    def done(self) -> bool:
        """Whether all steps are done."""

    def settings(self) -> dict[str, Any]:
        """Return what defines the task, for JSON; it must be equal on resume."""

    def means_the_same(self, setting: str, told: Mapping[str, Any]) -> bool:
        """Tell whether a setting that has another value means the same, by what a state or a record tells.

        So data that were moved are known again by their checksum.
        """

    def advance(self) -> dict[str, Any] | None:
        """Do one step; at the end of an epoch return what is to be told of it, with the key ``epoch``."""

    def state(self) -> tuple[Tensors, Values]:
        """Return all that changes, as tensors and JSON values."""

    def load(self, tensors: Tensors, values: Values) -> None:
        """Go on from what :meth:`state` returned."""

    def record(self) -> dict[str, Any]:
        """Return what the record tells of the task so far, a function of its state alone."""
