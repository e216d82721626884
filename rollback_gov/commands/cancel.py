"""Ending a run from elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rollback_gov.commands.status import look
from rollback_gov.execution.glance import Glance, glance
from rollback_gov.execution.inbox import Cancel, leave_cancel
from rollback_gov.execution.journal import FILE
from rollback_gov.execution.named_questions import TAKE_OVER
from rollback_gov.execution.store import is_being_written
from rollback_gov.model.errors import Refused, UsageError

Condition = Callable[[], bool]
_POLL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancelled:
    """What came of the wish: the run noticed it, and its process is gone (``ended``)."""

    seen: Glance
    noticed: bool
    ended: bool


def cancel(run: str, incidents: Path, wish: Cancel, *, patience: float) -> Cancelled:
    """Wish that a run ends, and wait ``patience`` seconds for its process to notice and to go.

    After a step that may take long, only for it to notice. Raises UsageError when the run has ended, Refused when
    nobody runs it: there is nothing to end.
    """
    seen = look(run, incidents, unfinished=True)
    if seen.progress.result:
        hint = f"Its escalation ladder goes on; whoever takes over ends it: rollback-gov approve {seen.run} {TAKE_OVER}"
        raise UsageError(
            f"The run {seen.run} has ended ({seen.state}): there is nothing to cancel.", hint=hint if seen.hears else ""
        )
    if not seen.goes_on:
        raise Refused(
            f"Nobody runs {seen.run} (it is {seen.state}): there is no process to end.",
            hint=f"Go on with: rollback-gov resume {seen.run}\n"
            "Or begin anew: rollback-gov execute … --override unfinished-run --override-reason TEXT",
        )
    left = leave_cancel(seen.folder, wish)
    until = time.monotonic() + patience
    noticed = _await(lambda: not left.exists(), until)
    ended = noticed and not wish.after_step and _await(lambda: not is_being_written(seen.folder / FILE), until)
    return Cancelled(seen=glance(seen.folder) if ended else seen, noticed=noticed, ended=ended)


def _await(condition: Condition, until: float) -> bool:
    while not condition():
        if time.monotonic() >= until:
            return False
        time.sleep(_POLL)
    return True
