"""Runs for the dashboard, out of stories and of the journals that were kept."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.reports.dashboard.timed import Seen
from rollback_gov.reports.incident import incident
from rollback_gov.reports.run_facts import RunFacts, facts_of
from tests.reports.golden_runs import GOLDEN
from tests.reports.journals import Story

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def facts(story: Story) -> RunFacts:
    return facts_of(incident(story.events))


def seen(story: Story, report: str = "") -> Seen:
    return Seen(facts=facts(story), report=report)


def golden(name: str) -> Seen:
    """A real run, with its regions."""
    return _read(GOLDEN / name)


def _read(folder: Path) -> Seen:
    regions = sorted(path.parent for path in folder.glob(f"regions/*/{FILE}"))
    whole = facts_of(incident(read_journal(folder / FILE)))
    return Seen(facts=whole, regions=tuple(_read(region) for region in regions))


def late(
    seconds: float = 1000,
    *,
    phase: float = 300,
    budget: float = 180,
    gate: float = 0,
    first: float = 5,
    **start: Any,
) -> Story:
    """A rollback that was verified, by default too late for its 900 seconds: one phase took longer than its budget."""
    story = Story().start(**start).permit().wait(first)
    story.phase("phases/database", "Database rollback", budget=budget)
    if gate:
        ask = {"step": "phases/database/agree", "ask": "Go on?", "deadline": "", "subject": ""}
        story.add("gate.waiting", **ask, choices=["approved", "denied"], several=False, role="").wait(gate)
        answer = {"decision": "approved", "by": "ben", "reason": "", "seconds": gate, "executable": ""}
        story.add("gate.decided", step=ask["step"], **answer)
    story.step("phases/database/restore", phase - gate)
    story.add(
        "phase.finished",
        phase="phases/database",
        alternative="",
        result="passed",
        seconds=phase,
        gate_seconds=gate,
    )
    return story.wait(seconds - phase - first).verify(seconds, gate).end("passed", seconds)
