"""What a run has met so far: why it began, its checks with what they saw, what went wrong. A fold, event by event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from rollback_gov.execution.state import GOOD
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record
from rollback_gov.reports.listing import told

Data = Mapping[str, Any]
MOST_MISHAPS = 50
"""The latest that are kept; a run that fails over and over stays a page."""


class CheckSeen(Record):
    """One check of the verification: what it expected and what it saw the last time."""

    name: str
    title: str
    result: str
    expected: str
    observed: str
    only_warns: bool


class Mishap(Record):
    """Something that went wrong, or that somebody should know. ``at`` is UTC."""

    at: str
    text: str
    grave: bool


class Met(Record):
    """What a run has met. ``why`` are pairs of a label and what was said; empty where nobody said it."""

    because: str = ""
    why: tuple[tuple[str, str], ...] = ()
    checks: Mapping[str, CheckSeen] = field(default_factory=dict)
    mishaps: tuple[Mishap, ...] = ()


def meet(met: Met, event: Event) -> Met:
    """Apply one event more. Most say nothing here."""
    apply = _APPLY.get(event.type)
    met = met if apply is None else apply(met, event.data)
    grave = _GRAVITY.get(event.type, _never)(event.data)
    if grave is None:
        return met
    mishap = Mishap(at=event.at, text=told(event), grave=grave)
    return replace(met, mishaps=(*met.mishaps[1 - MOST_MISHAPS :], mishap))


_LABELS = {
    "decided_by": "Decided by",
    "trigger": "Trigger",
    "metric": "Metric",
    "value": "Measured",
    "threshold": "Limit",
    "duration": "For",
    "impact": "Impact",
}


def _started(met: Met, data: Data) -> Met:
    reason: Data = data.get("reason", {})
    why = tuple((label, str(reason[name])) for name, label in _LABELS.items() if reason.get(name))
    return replace(met, because=str(reason.get("text", "")), why=why)


def _checked(met: Met, data: Data) -> Met:
    seen = CheckSeen(
        name=data["check"],
        title=data["title"],
        result=data["result"],
        expected=data["expected"],
        observed=data["observed"],
        only_warns=data["severity"] == "warn",
    )
    return replace(met, checks={**met.checks, seen.name: seen})


_APPLY: Mapping[str, Callable[[Met, Data], Met]] = {"run.started": _started, "check.finished": _checked}


def _never(_: Data) -> bool | None:
    return None


def _always(_: Data) -> bool | None:
    return True


def _gently(_: Data) -> bool | None:
    return False


def _unless(key: str, *good: object, grave: bool = True) -> Callable[[Data], bool | None]:
    return lambda data: None if data[key] in good else grave


_GRAVITY: Mapping[str, Callable[[Data], bool | None]] = {
    "step.finished": _unless("result", *GOOD),
    "step.unknown": _always,
    "check.finished": lambda data: None if data["result"] == "passed" else data["severity"] != "warn",
    "baseline.checked": _unless("result", "intact"),
    "capture.finished": _unless("result", "kept", grave=False),
    "region.finished": _unless("result", "passed"),
    "region.not_started": _always,
    "message.sent": _unless("delivered", True, grave=False),
    "sla.breached": _always,
    "escalated": _always,
    "run.interrupted": _always,
    "journal.full": _always,
    "override": _gently,
    "warning": _gently,
    "cancel.requested": _gently,
}
"""Of each type that may be worth a word: whether it is grave, or None where it is none."""
