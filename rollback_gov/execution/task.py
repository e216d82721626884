"""One try of a step's action, as the actions see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, TypeAlias

from rollback_gov.execution.bash import Outputs
from rollback_gov.execution.clock import Clock
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.model.step import Step

Recorder = Callable[[str, Mapping[str, Any]], object]
Settlement: TypeAlias = Literal["done", "run_again", "unknown"]
"""What an action's own look at the world says of an attempt whose end nobody wrote."""
_NO_DEADLINE = 86_400.0


class Task(Record):
    """One try. ``deadline`` is on the steady clock, None for none; ``state`` is a folder that does not exist yet."""

    step: Step
    path: str
    attempt: int
    deadline: float | None
    state: Path
    outputs: Outputs
    record: Recorder
    recall: Callable[[str], Mapping[str, Any]] = lambda _type: {}
    """Gives what the step itself wrote down last under that type, in this attempt or one before; empty if nothing."""
    decided: Callable[[], Mapping[str, Any]] = dict
    """Gives ``gate.decided`` of an attempt whose end was never written; empty if nothing was decided in one."""
    executable: str
    """Digest of what runs."""

    @property
    def key(self) -> str:
        """Tells this attempt from every other one."""
        return f"{self.path}/{self.attempt}"

    def left(self, clock: Clock) -> float:
        """Seconds until the deadline; a day where there is none."""
        return _NO_DEADLINE if self.deadline is None else max(self.deadline - clock.monotonic(), 0.1)


def action_module(name: str) -> ModuleType:
    """Import the module of an action. Raises UsageError for one that this version cannot execute."""
    try:
        return import_module(f"rollback_gov.execution.actions.{name}")
    except ModuleNotFoundError as error:
        if error.name != f"rollback_gov.execution.actions.{name}":
            raise
        raise UsageError(
            f"This version validates `{name}` steps and cannot execute them.",
            hint="Write the step as `run` until then.",
        ) from None


def perform(context: Context, task: Task) -> Outcome:
    """Try a step's action once. A disk that is full or gone fails the step, and never ends the run."""
    module = action_module(task.step.action)
    try:
        outcome: Outcome = module.perform(context, task)
    except OSError as error:
        detail = f"{error.strerror or error}" + (f": {error.filename}" if error.filename else "")
        return Outcome(ending=Ending.ERROR, detail=f"It could not be carried out: {detail}.")
    return outcome
