"""When the first command ran, and who had allowed it."""

from __future__ import annotations

from rollback_gov.execution.named_questions import OVERRIDE, is_gate
from rollback_gov.model.event import Event
from rollback_gov.reports.fact import Fact, NotMeasured
from rollback_gov.reports.log import Log

_CHANGES_NOTHING = frozenset({"gate", "wait", "notify"})


def first_command(log: Log) -> Fact[str]:
    """Give when the rollback began to change something (UTC); of several regions, when the first one began."""
    first = _first(log)
    return log.when(first) if first else NotMeasured("no step began")


def approved(log: Log) -> Fact[str]:
    """Give when the rollback was approved (UTC): the last yes before its first command, or the yes to that command.

    A yes to something later (a gate of a later phase, whoever takes over after a failure) allowed only that, and a yes
    before an earlier one was not enough.
    """
    first = _first(log)
    yes = [event for event in log.all("gate.decided") if event.data["decision"] == "approved" and _allows(event)]
    before = [event for event in yes if first is None or event.seq < first.seq]
    own = [event for event in yes if first is not None and event.data["step"] == first.data.get("step")]
    found = (own[:1] or before[-1:])[:1]
    if found:
        return log.when(found[0])
    return NotMeasured("no gate was approved before the first command" if yes else "no gate was approved")


def _allows(event: Event) -> bool:
    return is_gate(event.data["step"]) or event.data["step"].startswith(OVERRIDE)


def _first(log: Log) -> Event | None:
    if log.is_regional:
        return next(log.all("region.started"), None)
    return next((event for event in log.all("step.intent") if event.data["action"] not in _CHANGES_NOTHING), None)
