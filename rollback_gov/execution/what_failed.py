"""What made a run fail, for people who are called to it: by titles, with the error, or what was expected and seen."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from rollback_gov.execution.check_words import check_in_words
from rollback_gov.execution.next import phase_failed, verification_failed
from rollback_gov.execution.progress import PhaseProgress, StepProgress
from rollback_gov.execution.progression import progress_of
from rollback_gov.execution.state import GOOD
from rollback_gov.model.event import Event
from rollback_gov.model.steady import one_line

_HOW = {"timeout": "timed out", "denied": "was denied"}
_MOST_CHECKS = 3
"""That a message tells of; the report has them all."""


def what_failed(events: Sequence[Event], detail: str) -> str:
    """Say in one line what made a run fail whose end has this detail. Where nothing else did, the detail says it all.

    Never raises: a message says less, and the run ends as it would without one.
    """
    with suppress(Exception):
        return _checks(events, detail) or _phase(events, detail) or detail
    return detail


def _phase(events: Sequence[Event], detail: str) -> str:
    progress = progress_of(events)
    failed = (phase for phase in progress.phases.values() if phase.result == "failed")
    phase = next((phase for phase in failed if phase_failed(phase.path.rpartition("/")[2]) == detail), None)
    if phase is None:
        return ""
    steps = [step for path, step in progress.steps.items() if path.startswith(f"{phase.path}/")]
    return _of_phase(phase, [step for step in steps if step.result and step.result not in GOOD])


def _of_phase(phase: PhaseProgress, bad: Sequence[StepProgress]) -> str:
    title = one_line(phase.title)
    return f"in phase '{title}', {_of_step(bad[-1])}" if bad else f"phase '{title}' failed"


def _of_step(step: StepProgress) -> str:
    how = _HOW.get(step.result, "failed")
    why = one_line(step.detail).rstrip(".").removeprefix("denied ")
    return f"step '{one_line(step.title)}' {how}{f': {why}' if why else ''}"


def _checks(events: Sequence[Event], detail: str) -> str:
    """Tell of the checks that made the verification fail; empty where it was something else."""
    last = {event.data["check"]: event.data for event in events if event.type == "check.finished"}
    bad = [data for data in last.values() if data["severity"] == "fail" and data["result"] != "passed"]
    if not bad or verification_failed(data["check"] for data in bad) != detail:
        return ""
    told = [check_in_words(data) for data in bad[:_MOST_CHECKS]]
    told += [f"and {len(bad) - _MOST_CHECKS} more"] if len(bad) > _MOST_CHECKS else []
    return f"in the verification, {'; '.join(told)}"
