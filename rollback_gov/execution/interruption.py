"""A run that was asked to end says so, and what is open."""

from __future__ import annotations

from typing import NoReturn

from rollback_gov.execution.context import Context
from rollback_gov.execution.task import Recorder
from rollback_gov.model.errors import Interrupted


def interrupt(context: Context, record: Recorder, *, open_step: str = "", resume: str = "") -> NoReturn:
    """Write down that the run was asked to stop. ``resume`` is the command that goes on. Raises Interrupted."""
    record("run.interrupted", {**context.stop.wish, "open": open_step})
    raise Interrupted(
        f"The run {context.run} was interrupted by {context.stop.signal}; nothing of it is lost.",
        hint=f"Go on with: {resume or f'rollback-gov resume {context.run}'}",
    )
