"""A value with its provenance. What was not measured says so; it is never zero."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rollback_gov.model.duration import Duration

NOT_MEASURED = "NOT MEASURED"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value as text, how it came to be known, and from where."""

    text: str
    provenance: Literal["measured", "derived", "entered", "not measured"]
    source: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def is_known(self) -> bool:
        """Somebody or something said it."""
        return self.provenance != "not measured"


UNKNOWN = Fact(NOT_MEASURED, "not measured")


def measured(text: object, source: str) -> Fact:
    """A value that the run itself measured."""
    return Fact(str(text), "measured", source)


def derived(text: object, source: str) -> Fact:
    """A value computed from measured ones."""
    return Fact(str(text), "derived", source)


def entered(text: object, source: str) -> Fact:
    """A value that a person gave; an empty one was not given."""
    return Fact(str(text), "entered", source) if text not in ("", None) else UNKNOWN


def seconds(value: float) -> str:
    """Write seconds for people: ``12.3 s`` below a minute, ``4m30s`` above."""
    return f"{value:.1f} s" if value < 60 else str(Duration(round(value) * 1000))
