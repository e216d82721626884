"""All formats. A module under ``formats`` is found by being there; its class ``Writer`` does the work."""

from __future__ import annotations

import pkgutil
from datetime import UTC, datetime
from importlib import import_module
from typing import Protocol

from rollback_gov.model.finding import Severity
from rollback_gov.model.record import Record
from rollback_gov.outputs import formats as package
from rollback_gov.outputs.result import CheckedPlan, Summary

CATEGORY = "rollback-gov"


class Manner(Record):
    """How it is written. ``colour`` asks for terminal colours where the format has any; ``now`` is UTC.

    ``category`` tells findings of one job from those of another where both go to the same place.
    """

    fail_on: Severity = Severity.ERROR
    colour: bool = False
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    category: str = CATEGORY


class Writer(Protocol):
    """Writes plan by plan. Together the texts are the whole output, ending with a line end unless it is empty."""

    def __init__(self, manner: Manner) -> None: ...

    def plan(self, plan: CheckedPlan) -> str:
        """Give what can be said after one more plan."""
        ...

    def end(self, summary: Summary) -> str:
        """Give the rest."""
        ...


def format_names() -> tuple[str, ...]:
    """Give the names of all formats without importing them."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(package.__path__)))


def writer(name: str, manner: Manner) -> Writer:
    """Import the format of that name and begin an output."""
    kind: type[Writer] = import_module(f"{package.__name__}.{name}").Writer
    return kind(manner)
