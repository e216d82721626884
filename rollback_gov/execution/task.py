"""One try of a step's action, as the actions see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from rollback_gov.execution.bash import Outputs
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Outcome
from rollback_gov.model.errors import UsageError
from rollback_gov.model.step import Step

Record = Callable[[str, Mapping[str, Any]], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One try. ``deadline`` is on the steady clock, None for none; ``state`` is a folder that does not exist yet."""

    step: Step
    path: str
    attempt: int
    deadline: float | None
    state: Path
    outputs: Outputs
    record: Record
    executable: str
    """Digest of what runs."""

    @property
    def key(self) -> str:
        """Tells this attempt from every other one."""
        return f"{self.path}/{self.attempt}"


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
    """Try a step's action once."""
    outcome: Outcome = action_module(task.step.action).perform(context, task)
    return outcome
