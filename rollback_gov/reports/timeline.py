"""The story of a run: one row an event worth telling, in UTC, with where it is known from."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.execution.pace import TIMEOUT
from rollback_gov.model.event import Event
from rollback_gov.reports.fact import NotMeasured, Seconds
from rollback_gov.reports.log import Data, moment
from rollback_gov.reports.told import full


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the timeline. ``source`` is a word such as metric, decision, step, gate, message or person."""

    at: str
    source: str
    text: str


def timeline(events: Sequence[Event]) -> tuple[Row, ...]:
    """Tell a journal in its own order. What happened before its run began (first breach, decision) stands there."""
    rows: list[Row] = []
    names: dict[str, str] = {}
    begun: set[str] = set()
    for event in events:
        names |= _name(event)
        if event.type == "run.started":
            for row in _before(event.data):
                rows.insert(_place(rows, row), row)
        tell = _TELL.get(event.type)
        if tell is not None:
            name, region = names.get(_path(event.data), _path(event.data)), str(event.data.get("region", ""))
            rows.append(Row(event.at, *tell({**event.data, "name": name, "again": region in begun})))
        if event.type == "region.started":
            begun.add(event.data["region"])
    return tuple(rows)


def _path(data: Data) -> str:
    return str(data.get("step") or data.get("phase", ""))


def _name(event: Event) -> dict[str, str]:
    """How people call a phase or a step that begins. Steps keep their path: two of them may have the same name."""
    path, title = _path(event.data), event.data.get("title", "")
    if event.type == "phase.started":
        return {path: title}
    if event.type == "step.intent" and title != path.rpartition("/")[2]:
        return {path: f"{title} ({path})"}
    return {}


def _before(started: Data) -> list[Row]:
    """What ``run.started`` tells about times that lie before it."""
    reason = started.get("reason", {})
    rows = []
    if reason.get("first_breach"):
        what = reason.get("metric") or reason.get("trigger") or "the metric"
        rows.append(Row(reason["first_breach"], "metric", f"first breach: {what}"))
    if started.get("decided_at"):
        who = reason.get("decided_by") or "somebody"
        rows.append(
            Row(started["decided_at"], "decision", f"{who} decides to roll back{_because(reason.get('text', ''))}")
        )
    return rows


def _place(rows: Sequence[Row], row: Row) -> int:
    """Before the first row that is later; a time that cannot be read comes first."""
    at = moment(row.at)
    if isinstance(at, NotMeasured):
        return 0
    for number, other in enumerate(rows):
        then = moment(other.at)
        if not isinstance(then, NotMeasured) and then > at:
            return number
    return len(rows)


def _took(data: Data, name: str = "seconds") -> str:
    return str(Seconds(data[name]))


def _words(text: str) -> str:
    return text.replace("_", " ")


def _proof(data: Data) -> str:
    """Say how many triggers were shown to fire and to stay quiet, and what was not shown."""
    problems = "; ".join(data["problems"])
    return f"{len(data['proved'])} triggers are proved to fire{f', but {problems}' if problems else ''}"


def _because(text: str) -> str:
    return f": {text}" if text else ""


def _permit(data: Data) -> tuple[str, str]:
    reasons = "; ".join(reason["message"] for reason in data["reasons"])
    return "permit", "the permit is valid" if data["allowed"] else f"there is no valid permit{_because(reasons)}"


def _message(data: Data) -> tuple[str, str]:
    how = "is delivered" if data["delivered"] else "is NOT delivered"
    return "message", f"'{data['event']}' to {data['channel']} {how}{_because(data['detail'])}"


def _phase_started(data: Data) -> tuple[str, str]:
    option = f" (alternative {data['alternative']})" if data["alternative"] else ""
    return "phase", f"{data['title']}{option} begins"


def _step_finished(data: Data) -> tuple[str, str]:
    how = f" ({data['recovered']} after the process had died)" if data["recovered"] else ""
    seen = data["attempt"] and not data["recovered"] and not data.get("doubted") and data["result"] != "by_hand"
    ran = f" after {_took(data)}" if seen else ""
    return "step", f"{data['name']}: {_words(data['result'])}{ran}{how}{_because(data['detail'])}"


def _settled(data: Data) -> tuple[str, str]:
    seen = "what is there" if data["how"] == "action" else f"the plan ({_words(data['how'])})"
    who = data["by"] or seen
    return "person" if data["by"] else "step", f"{data['name']}: {who} says {_words(data['outcome'])}"


def _gate(data: Data) -> tuple[str, str]:
    if data["decision"] == "deadline":
        so = "the plan goes on" if data["reason"] == "proceed" else "the answer is no"
        return "gate", f"{data['name']}: nobody answered in time, so {so}"
    if data["step"] == TAKE_OVER and data["by"]:
        return "person", f"{data['by']} takes over{_because(data['reason'])}"
    return "gate", f"{data['name']}: {data['decision']} by {data['by'] or 'nobody'}{_because(data['reason'])}"


def _check(data: Data) -> tuple[str, str]:
    return "check", f"{data['title']}: {data['result']} (expected {data['expected']}; saw {data['observed']})"


def _point(data: Data) -> tuple[str, str]:
    who = f", says {data['by']}" if data["by"] else ""
    return "check", f"point of no return passed: {data['passed']}{who}{_because(data['detail'])}"


def _consequence(data: Data) -> str:
    return f"this leads to {data['consequence']}" if data.get("consequence") else ""


def _breached(data: Data) -> tuple[str, str]:
    what = "the run" if data["scope"] == "total" else data["scope"]
    limit = "the SLA" if data["scope"] == "total" else "its budget"
    return "clock", f"{what} takes longer than {limit} of {_took(data, 'limit_seconds')}{_because(_consequence(data))}"


def _who_stopped(data: Data) -> str:
    """A signal, or whoever cancelled the run and why."""
    return f"{data['by']}{_because(data['reason'])}" if data.get("by") else str(data["signal"])


def _last_resort(data: Data) -> tuple[str, str]:
    if data["taken"]:
        return "person", f"{data['by']} begins the last resort{_because(data['reason'])}"
    return "run", f"the last resort is not begun ({data['by'] or 'nobody was there to decide'})"


def _escalated(data: Data) -> tuple[str, str]:
    if data["on"] == TIMEOUT:
        return "clock", f"the run has taken longer than its timeout, {_took(data, 'after_seconds')} after the decision"
    actions = "; ".join(data["actions"])
    what = "a contact is to be called" if data.get("contact") else f"escalation level {data['level']}"
    return "clock", f"{what} ({data['on']}, after {_took(data, 'after_seconds')}){_because(actions)}"


def _rungs(data: Data) -> str:
    rungs = data["rungs"]
    return ", ".join(f"level {rung['level']} {_took(rung, 'after_seconds')} after the failure" for rung in rungs)


_TELL: Mapping[str, Callable[[Data], tuple[str, str]]] = {
    "run.started": lambda data: ("run", f"run {data['run']} is started by {data['started_by']}"),
    "override": lambda data: ("person", f"{data['by']} overrides '{data['check']}'{_because(data['reason'])}"),
    "permit.checked": _permit,
    "journal.full": lambda data: ("run", f"warning: {full(data)}"),
    "journal.whole": lambda _data: ("run", "every line of the journal is where it belongs again"),
    "warning": lambda data: ("run", f"warning: {data['message']}"),
    "checklist": lambda data: (
        "person",
        f"{data['item']}: {'done' if data['done'] else 'NOT done'} ({data['by'] or 'nobody was there to tick it'})",
    ),
    "help.closed": lambda data: ("person" if data["by"] else "run", f"{data['name']}: troubleshooting is over"),
    "last_resort.decided": _last_resort,
    "baseline.checked": lambda data: ("check", f"baseline {data['id']} is {data['result']}"),
    "message.sent": _message,
    "capture.finished": lambda data: ("capture", f"{data['id']}: {data['result']}{_because(data['detail'])}"),
    "point_of_no_return.checked": _point,
    "phase.started": _phase_started,
    "step.finished": _step_finished,
    "step.unknown": lambda data: ("step", f"{data['name']}: nobody knows how it ended{_because(data['reason'])}"),
    "step.settled": _settled,
    "gate.waiting": lambda data: ("gate", f"{data['name']} waits: {data['ask']}"),
    "manual.waiting": lambda data: ("person", f"{data['name']} is to be done by hand: {data['ask']}"),
    "gate.decided": _gate,
    "phase.finished": lambda data: ("phase", f"{data['name']}: {data['result']} after {_took(data)}"),
    "check.finished": _check,
    "sla.breached": _breached,
    "escalated": _escalated,
    "ladder.open": lambda data: ("clock", f"still to be called: {_rungs(data)}"),
    "cancel.requested": lambda data: (
        "person",
        f"{data['by']} ends the run{' after its step' if data['after_step'] else ''}{_because(data['reason'])}",
    ),
    "region.started": lambda data: (
        "region",
        f"{data['region']} {'goes on' if data['again'] else 'begins'}, as {data['run']}",
    ),
    "region.waits": lambda data: ("region", f"{data['region']} waits{_because(data['detail'])}"),
    "region.finished": lambda data: (
        "region",
        f"{data['region']}: {data['result']} after {_took(data)}{_because(data['detail'])}",
    ),
    "region.not_started": lambda data: ("region", f"{data['region']} does not begin{_because(data['detail'])}"),
    "run.interrupted": lambda data: ("person" if data.get("by") else "run", f"interrupted by {_who_stopped(data)}"),
    "run.resumed": lambda data: ("run", f"resumed by {data['by']} on {data['host']}{_because(data['reason'])}"),
    "run.verified": lambda data: ("run", f"verified, {_took(data)} after the decision"),
    "run.finished": lambda data: ("run", f"ended: {data['result']}{_because(data['detail'])}"),
    "rehearsal.version": lambda data: ("rehearsal", f"version {data['moment']}: {data['version'] or 'unknown'}"),
    "rehearsal.deployed": lambda data: ("rehearsal", f"the change is deployed after {_took(data)}"),
    "rehearsal.injected": lambda data: ("rehearsal", f"a failure is injected for {data['trigger'] or 'no trigger'}"),
    "rehearsal.triggered": lambda data: ("rehearsal", f"triggered ({data['how']}){_because(data['reason'])}"),
    "rehearsal.proved": lambda data: ("rehearsal", _proof(data)),
    "rehearsal.participants": lambda data: ("rehearsal", f"taking part: {', '.join(data['participants']) or 'nobody'}"),
}
