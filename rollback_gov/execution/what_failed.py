"""What made a run fail, for people who are called to it: the phase and the step by their titles, and the error."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from rollback_gov.execution.next import phase_failed
from rollback_gov.execution.progress import Progress, StepProgress
from rollback_gov.execution.progression import progress_of
from rollback_gov.execution.state import GOOD
from rollback_gov.model.event import Event
from rollback_gov.model.steady import one_line

_HOW = {"timeout": "timed out", "denied": "was denied"}


def what_failed(events: Iterable[Event], detail: str) -> str:
    """Say in one line what made a run fail whose end has this detail. Where no phase did, the detail says it all.

    Never raises: a message says less, and the run ends as it would without one.
    """
    with suppress(Exception):
        return _in_words(progress_of(events), detail)
    return detail


def _in_words(progress: Progress, detail: str) -> str:
    failed = (phase for phase in progress.phases.values() if phase.result == "failed")
    phase = next((phase for phase in failed if phase_failed(phase.path.rpartition("/")[2]) == detail), None)
    if phase is None:
        return detail
    title = one_line(phase.title)
    steps = [step for path, step in progress.steps.items() if path.startswith(f"{phase.path}/")]
    bad = [step for step in steps if step.result and step.result not in GOOD]
    return f"in phase '{title}', {_of_step(bad[-1])}" if bad else f"phase '{title}' failed"


def _of_step(step: StepProgress) -> str:
    how = _HOW.get(step.result, "failed")
    why = one_line(step.detail).rstrip(".").removeprefix("denied ")
    return f"step '{one_line(step.title)}' {how}{f': {why}' if why else ''}"
