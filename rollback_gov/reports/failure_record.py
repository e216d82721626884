"""``failure_record.json``: a rollback that failed, with its escalation timeline, in the fields that auditors know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.reports.fact import Fact, NotMeasured
from rollback_gov.reports.incident import Incident

WRITTEN_BY_PEOPLE = ("resolution", "lessons_learned")
_OPEN: Mapping[str, Any] = {
    "resolution": {"approach": "", "description": "", "resolved_at": ""},
    "lessons_learned": [],
}


def failure_record(facts: Incident, kept: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Give the record of a failed run. ``kept`` is the record as it lies there: what people wrote into it stays.

    Times are UTC. What nobody measured is null; what only people know is empty until they write it.
    """
    before = (kept or {}).get("rollback_failure")
    before = before if isinstance(before, Mapping) else {}
    written = {name: before.get(name, _OPEN[name]) for name in WRITTEN_BY_PEOPLE}
    return {"rollback_failure": {**_what(facts), **_details(facts), **_timeline(facts), **written}}


def _what(facts: Incident) -> dict[str, Any]:
    return {
        "operation_id": facts.identity.operation,
        "permit_id": facts.permission.permit or None,
        "run": facts.identity.run,
        "environment": facts.identity.environment,
        "rollback_attempted_at": _time(facts.times.decided),
        "rollback_failed_at": _time(facts.times.finished),
        "failure_reason": facts.standing.detail,
    }


def _time(fact: Fact[str]) -> str | None:
    return None if isinstance(fact, NotMeasured) else fact.value


def _details(facts: Incident) -> dict[str, Any]:
    """Every failure in its order; the last one ended the run."""
    failures = [
        {
            "at": _time(failure.at),
            "phase": failure.phase,
            "step": failure.step,
            "error_message": failure.error,
            "logs": list(failure.logs),
            "followed_by": failure.then,
        }
        for failure in facts.failures
    ]
    return {"failure_details": failures}


def _timeline(facts: Incident) -> dict[str, Any]:
    rungs = [
        {
            "level": rung.level,
            "timestamp": rung.at,
            "on": rung.on,
            "actions": list(rung.actions),
            "notified": list(rung.notify),
        }
        for rung in facts.escalations
    ]
    taken = [gate for gate in facts.gates if gate.step == "failure" and gate.decision == "approved"]
    missing = [
        {"level": rung.level, "name": rung.name, "after_seconds": rung.after.number, "why": rung.why}
        for rung in facts.uncalled
    ]
    return {"escalation_timeline": rungs, "not_called": missing, "taken_over_by": taken[-1].by if taken else ""}
