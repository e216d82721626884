"""Runs as they were stored, made from journals, so that a test says only what it changes."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rollback_gov.reports.incident import incident
from rollback_gov.reports.metrics.dora import Deployment
from rollback_gov.reports.run_facts import StoredRun, facts_of
from tests.reports.journals import NOON, REASON, Story

NO_FIGURES = {
    "deployments": 0,
    "failed_deployments": 0,
    "change_failure_rate": None,
    "failures": 0,
    "unmatched_failures": 0,
    "recovered": 0,
    "recovered_from_decision": 0,
    "recovery_seconds": None,
    "why": {"change_failure_rate": "no deployment in this time", "recovery_seconds": "no failure in this time"},
}
"""DORA's figures, as documents give them, where nothing has happened."""


def at(minutes: float) -> datetime:
    """A moment, in minutes after noon."""
    return NOON + timedelta(minutes=minutes)


def stamp(minutes: float) -> str:
    return at(minutes).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def story(
    *,
    decided: float = 0,
    breach: float | None = None,
    took: float | None = 300,
    result: str = "passed",
    trigger: str = "",
    **started: Any,
) -> Story:
    """A run that was decided and, before that, perhaps noticed (minutes after noon), and took so many seconds.

    ``took`` None: it has not ended.
    """
    reason = {**dict.fromkeys(REASON, ""), "trigger": trigger, "first_breach": "" if breach is None else stamp(breach)}
    told = Story().wait(60 * decided).start(**{"decided_at": stamp(decided), "reason": reason, **started})
    if took is None:
        return told
    told.add("capture.finished", id="logs", result="kept", file="", sha256="", seconds=1.0, detail="")
    told.phase("phases/drain", "Stop traffic", budget=60).wait(45).end_phase("phases/drain", 45).wait(took - 45)
    if result == "passed":
        told.verify(took)
    return told.end(result, took)


def run(**what: Any) -> StoredRun:
    return StoredRun(folder=Path("incidents/op-7-1"), facts=facts_of(incident(story(**what).events)))


def deployed(minutes: float, operation: str = "op-7", **changes: Any) -> Deployment:
    known = {"environment": "production", "services": ("api", "auth")}
    return Deployment(operation=operation, at=at(minutes), **{**known, **changes})
