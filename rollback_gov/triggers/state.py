"""What a machine is told by a tick, and what it remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from rollback_gov.triggers.condition import Verdict


class Status(StrEnum):
    """Where a trigger stands."""

    IDLE = "idle"
    PENDING = "pending"
    FIRED = "fired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one tick says: the verdict, the time of the sample (0 unknown), and the value and sentence for people."""

    verdict: Verdict
    sample: float = 0.0
    value: str = ""
    reason: str = ""
    low_traffic: bool = False
    """The verdict is unknown for want of traffic alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a machine remembers between ticks. Times and spans are whole milliseconds since the epoch."""

    status: Status = Status.IDLE
    held: int = 0
    """How long the condition is known to have held."""
    count: int = 0
    """New samples in a row that were breaches."""
    hits: tuple[int, ...] = ()
    """Times of breaches within the window."""
    verdict: Verdict | None = None
    """Of the tick before."""
    last: int | None = None
    """Time of the tick before."""
    sample: float = 0.0
    """Time of the newest sample that was counted."""
    first_breach: int | None = None
    fired_at: int | None = None
    recovered: bool = False
    """The newest known verdict after firing was fine."""
    unknowns: int = 0
    """Ticks in a row that could not be evaluated, for another reason than low traffic."""
    low_traffic: int = 0
    """Ticks in a row in which there was too little traffic to judge."""
    value: str = ""
    """The value with which it fired."""
    reason: str = ""
    """Why it fired."""
    note: str = ""
    """What the last step did beside counting."""


_FLAGS = ("recovered",)
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("held", "count", "last", "first_breach", "fired_at", "unknowns", "low_traffic", *_FLAGS), int),
    **dict.fromkeys(("value", "reason", "note"), str),
    "sample": (int, float),
}


def to_document(state: State) -> dict[str, Any]:
    """Give a state as plain data; what is as in the beginning is left out."""
    return {
        item.name: list(value) if isinstance(value, tuple) else value
        for item in fields(state)
        if (value := getattr(state, item.name)) != item.default
    }


def from_document(document: Mapping[str, Any]) -> State:
    """Read what ``to_document`` wrote. Raises ValueError or TypeError for anything else."""
    values = dict(document)
    for name, value in values.items():
        if name in _KINDS and (not isinstance(value, _KINDS[name]) or isinstance(value, bool) is not (name in _FLAGS)):
            raise ValueError(f"'{name}' of a state cannot be {value!r}")
    if "status" in values:
        values["status"] = Status(values["status"])
    if values.get("verdict") is not None:
        values["verdict"] = Verdict(values["verdict"])
    if "hits" in values:
        values["hits"] = tuple(values["hits"])
        if not all(type(hit) is int for hit in values["hits"]):
            raise ValueError(f"'hits' of a state cannot be {document['hits']!r}")
    return State(**values)
