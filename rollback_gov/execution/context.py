"""Everything that a run needs of the world, as one value."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.execution.clock import Clock
from rollback_gov.execution.console import Console
from rollback_gov.execution.masking import PACKED, Masker
from rollback_gov.execution.process import Command, Script
from rollback_gov.execution.stop import Stop
from rollback_gov.model.environment import Environment
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from rollback_gov.sources.book import SourceBook

OWN_VARIABLES = (
    "ROLLBACK_GOV_KEY",
    PACKED,
    "ROLLBACK_GOV_DATABASE",
    "ROLLBACK_GOV_LEASE",
    "ROLLBACK_GOV_JOURNAL_MIRROR",
    "ROLLBACK_GOV_JOURNAL_TOKEN",
    "BASH_ENV",
    "ENV",
)
"""Not for steps: our key, the pack of secrets, databases, leases and mirrors, and what makes bash run a file first."""


class Context(Record):
    """One run's surroundings. ``folder`` is the incident folder, ``plan_folder`` where steps run."""

    plan: Plan
    run: str
    environment_name: str
    environment: Environment | None
    parameters: Mapping[str, str]
    environ: Mapping[str, str]
    plan_folder: Path
    folder: Path
    baseline_folder: Path
    clock: Clock
    masker: Masker
    console: Console
    stop: Stop
    sources: SourceBook
    person: str
    """Who started this process."""
    starter: str = ""
    """Who started the run, perhaps in another process; empty where it is not a run."""
    scenario: str = ""
    """The partial rollback that runs; empty for the whole plan."""
    patience: float = 0.0
    """Seconds for which a refusal waits for somebody elsewhere, with nobody at the terminal."""
    leisure: float = 0.0
    """The same for the checklist after the rollback, which nobody is to wait for by default."""
    notify: Callable[[str, Mapping[str, str]], None] = field(default=lambda _event, _fields: None)
    """Sends a message in the background; never fails, never waits."""
    tick: Callable[[], None] = field(default=lambda: None)
    """Called by everything that waits, several times a second: the run looks at its clock meanwhile."""
    escalate: Callable[[], bool] = field(default=lambda: False)
    """Takes the next rung of the escalation ladder at once; False when there is none."""

    @property
    def state_folder(self) -> Path:
        """Raw output of running scripts; readable by us alone."""
        return self.folder / ".state"

    def variables(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """The environment of a step: ours, the parameters, and where things are."""
        inherited = {name: value for name, value in self.environ.items() if name not in OWN_VARIABLES}
        return {
            **inherited,
            **self.parameters,
            "OPERATION": self.plan.metadata.operation,
            "ENVIRONMENT": self.environment_name,
            "RUN_ID": self.run,
            "SCENARIO": self.scenario,
            "INCIDENT_DIR": str(self.folder),
            "BASELINE": str(self.baseline_folder),
            **(extra or {}),
        }

    def script(self, text: str, extra: Mapping[str, str] | None = None) -> Script:
        """A script of the plan, ready to run in the plan's folder."""
        return Script(text, self.variables(extra), self.plan_folder)

    def command(self, argv: Iterable[str], extra: Mapping[str, str] | None = None, *, folder: Path) -> Command:
        """A program with its arguments, ready to run in ``folder``."""
        return Command(tuple(argv), self.variables(extra), folder)

    def baseline_value(self, name: str) -> str | None:
        """The text that the baseline entry of that id saved, at most 4 KiB, or None where there is none."""
        saved = next((entry for entry in self.plan.baseline if entry.id == name), None)
        if saved is None:
            return None
        try:
            with (self.baseline_folder / saved.save).open("rb") as file:
                return file.read(4096).decode("utf-8", "replace").strip()
        except OSError:
            return None
