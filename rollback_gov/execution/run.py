"""A run as the process that executes it sees it: its surroundings, its journal, and how it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NoReturn

from rollback_gov.execution.answers import Answers
from rollback_gov.execution.attempt import Attempts
from rollback_gov.execution.clock import seconds_since
from rollback_gov.execution.context import Context
from rollback_gov.execution.interruption import interrupt
from rollback_gov.execution.itinerary import Choices, Itinerary, plan_itinerary
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.settling import Settling
from rollback_gov.execution.state import RunState, fold
from rollback_gov.execution.steps import StepRunner


def choices_of(started: Mapping[str, Any]) -> Choices:
    """Give what was chosen, from the data of ``run.started``."""
    return Choices(
        scenario=started["scenario"], options=started["options"], start_at=started["from"], skip=started["skipped"]
    )


class Run:
    """Everything that the instructions of one run share. What it knows is in the journal."""

    def __init__(self, context: Context, journal: Journal, answers: Answers) -> None:
        self.journal = journal
        self.answers = answers
        self.state: RunState = fold(journal.events)
        self._seen = len(journal.events)
        started = self.state.started
        self.choices = choices_of(started)
        context = replace(context, scenario=started["scenario"], starter=started["started_by"])
        self.pace = Pace(context, journal, self.state)
        self.context = replace(context, tick=self.pace.tick, escalate=self.pace.climb_one)
        attempts = Attempts(self.context, journal, executable=self.state.executable)
        self.steps = StepRunner(attempts)
        self.settling = Settling(attempts, answers.settle)

    @property
    def itinerary(self) -> Itinerary:
        """The way, as far as it is known now."""
        return plan_itinerary(self.context.plan, self.choices, forward_fix=self.state.past_point_of_no_return)

    def catch_up(self) -> None:
        """Take into the state what was written since the last time."""
        for event in self.journal.events[self._seen :]:
            self.state.take(event)
        self._seen = len(self.journal.events)

    def record(self, type_: str, data: Mapping[str, Any]) -> None:
        """Write an event."""
        self.journal.append(type_, data)

    def say(self, text: str) -> None:
        """Print a line of the run's own."""
        self.context.console.say(text)

    def phase_seconds(self, path: str) -> float:
        """How long a phase has taken, also where it spans two processes."""
        events, seq = self.journal.events, self.state.phase(path).seq
        return round(seconds_since(events[seq - 1], events, self.context.clock), 3)

    def stop(self) -> NoReturn:
        """Write down that the run was asked to stop, and what is open. Raises Interrupted."""
        open_steps = [path for path, step in self.state.steps.items() if step.is_open]
        interrupt(self.context, self.record, open_step="".join(open_steps[-1:]))
