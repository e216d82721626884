"""A value and how it came to be known. What nobody measured is a type of its own, never zero and never empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeAlias, TypeVar

from rollback_gov.model.duration import Duration
from rollback_gov.model.record import Record

T = TypeVar("T")
U = TypeVar("U")
NOT_MEASURED = "NOT MEASURED"


class Measured(Record, Generic[T], kw_only=False):
    """The run itself, or what watches it, saw this; ``source`` says where it is written."""

    value: T
    source: str


class Derived(Record, Generic[T], kw_only=False):
    """Computed from what was measured; ``source`` says from what."""

    value: T
    source: str


class Entered(Record, Generic[T], kw_only=False):
    """A person said this, in the plan or at the decision."""

    value: T
    source: str


class NotMeasured(Record, kw_only=False):
    """Nobody knows; ``why`` says what it would have taken, and may be empty."""

    why: str = ""


Known: TypeAlias = Measured[T] | Derived[T] | Entered[T]
Fact: TypeAlias = Known[T] | NotMeasured


class Seconds(Record, kw_only=False, order=True):
    """A span of time in seconds. Below zero it says by how much something was missed."""

    number: float

    def __str__(self) -> str:
        sign, size = ("-", -self.number) if self.number < 0 else ("", self.number)
        return f"{sign}{size:.1f} s" if size < 59.95 else f"{sign}{Duration(round(size) * 1000)}"


def entered(text: str, source: str) -> Fact[str]:
    """Give what a person said; a person who said nothing leaves the fact unknown."""
    return Entered(text, source) if text.strip() else NotMeasured("nobody said")


def derive(fact: Fact[T], compute: Callable[[T], U], source: str) -> Fact[U]:
    """Compute from a fact; from an unknown one follows nothing."""
    return fact if isinstance(fact, NotMeasured) else Derived(compute(fact.value), source)


def provenance(fact: Fact[T]) -> str:
    """Give the word for how it came to be known: ``measured``, ``derived``, ``entered`` or ``not measured``."""
    words = {Measured: "measured", Derived: "derived", Entered: "entered", NotMeasured: "not measured"}
    return words[type(fact)]


def wording(value: object) -> str:
    """Write a fact, or a plain value, for people. Unknown ones and empty texts are NOT MEASURED."""
    if isinstance(value, NotMeasured):
        return NOT_MEASURED
    if isinstance(value, Measured | Derived | Entered):
        return wording(value.value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if value != "" else NOT_MEASURED
