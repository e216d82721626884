"""The story of a run: one row an event worth telling, in UTC, with where it is known from."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rollback_gov.model.event import Event
from rollback_gov.reports.fact import seconds

Data = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline."""

    at: str
    source: str
    text: str


def timeline(events: Sequence[Event]) -> tuple[Row, ...]:
    """Tell a journal. It begins with the first breach, where one is known."""
    return tuple(_rows(events))


def _rows(events: Sequence[Event]) -> Iterator[Row]:
    for event in events:
        if event.type == "run.started" and event.data["reason"]["first_breach"]:
            reason = event.data["reason"]
            yield Row(reason["first_breach"], "metric", f"first breach of {reason['trigger'] or reason['metric']}")
        tell = _TELL.get(event.type)
        if tell is not None:
            source, text = tell(event.data)
            if text:
                yield Row(event.at, source, text)


def _step(data: Data) -> tuple[str, str]:
    how = f" ({data['recovered']} after the process died)" if data["recovered"] else ""
    detail = f": {data['detail']}" if data["detail"] else ""
    return "step", f"{data['step']} {data['result'].replace('_', ' ')} in {seconds(data['seconds'])}{how}{detail}"


def _phase(data: Data) -> tuple[str, str]:
    return "phase", f"{data['title']}{' (option ' + data['alternative'] + ')' if data['alternative'] else ''} begins"


def _permit(data: Data) -> tuple[str, str]:
    reasons = "; ".join(reason["message"] for reason in data["reasons"])
    return "permit", "valid" if data["allowed"] else f"none that is valid: {reasons}"


def _check(data: Data) -> tuple[str, str]:
    return "check", f"{data['title']}: {data['result']} (expected {data['expected']}; saw {data['observed']})"


def _finished(data: Data) -> tuple[str, str]:
    return "run", f"ended: {data['result']}{', ' + data['detail'] if data['detail'] else ''}"


_TELL: Mapping[str, Callable[[Data], tuple[str, str]]] = {
    "run.started": lambda data: (
        "decision",
        f"rollback decided by {data['reason']['decided_by']}: {data['reason']['text']}",
    ),
    "permit.checked": _permit,
    "override": lambda data: ("person", f"{data['by']} overrides '{data['check']}': {data['reason']}"),
    "warning": lambda data: ("run", f"warning: {data['message']}"),
    "message.sent": lambda data: ("message", f"{data['event']} to {data['channel']}" if data["delivered"] else ""),
    "capture.finished": lambda data: ("capture", f"{data['id']} {data['result']}"),
    "point_of_no_return.checked": lambda data: ("check", f"point of no return passed: {data['passed']}"),
    "phase.started": _phase,
    "step.finished": _step,
    "step.unknown": lambda data: ("step", f"{data['step']}: nobody knows how it ended"),
    "step.settled": lambda data: ("step", f"{data['step']}: {data['outcome'].replace('_', ' ')} ({data['how']})"),
    "gate.waiting": lambda data: ("gate", f"{data['step']} waits: {data['ask']}"),
    "gate.decided": lambda data: ("gate", f"{data['step']} {data['decision']} by {data['by'] or 'nobody'}"),
    "check.finished": _check,
    "sla.breached": lambda data: ("clock", f"{data['scope']} took longer than {seconds(data['limit_seconds'])}"),
    "escalated": lambda data: ("clock", f"escalation level {data['level']} ({data['on']})"),
    "run.interrupted": lambda data: ("run", f"interrupted by {data['signal']}"),
    "run.resumed": lambda data: ("run", f"resumed by {data['by']}"),
    "run.verified": lambda data: ("run", f"verified, {seconds(data['seconds'])} after the decision"),
    "run.finished": _finished,
    "rehearsal.version": lambda data: ("rehearsal", f"version {data['moment']}: {data['version'] or 'unknown'}"),
    "rehearsal.deployed": lambda data: ("rehearsal", f"change deployed in {seconds(data['seconds'])}"),
    "rehearsal.injected": lambda _: ("rehearsal", "failure injected"),
    "rehearsal.triggered": lambda data: ("rehearsal", f"triggered ({data['how']}) after {seconds(data['seconds'])}"),
}
