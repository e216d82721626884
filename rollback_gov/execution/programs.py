"""The programs of one try of an action that needs several, one after another, under one deadline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rollback_gov.execution.arguments import Unanswered, complaint
from rollback_gov.execution.bash import Outputs, run_script
from rollback_gov.execution.context import Context
from rollback_gov.execution.outcome import Ending, Outcome
from rollback_gov.execution.process import Command
from rollback_gov.execution.task import Task


@dataclass(slots=True, kw_only=True)
class Programs:
    """Runs programs in ``folder``; what they print is streamed and kept as one output of the step.

    Each has a folder of its own in the step's private state, where a crash leaves it to be found.
    """

    context: Context
    task: Task
    env: Mapping[str, str]
    folder: Path
    deadline: float | None
    _streamed: bool = False

    def run(
        self, name: str, argv: Iterable[str], *, env: Mapping[str, str] | None = None, quiet: bool = False
    ) -> Outcome:
        """Run one program to its end. ``quiet``: what it prints is kept in a file of its own and not shown.

        Raises Unanswered when it could not be run to its end.
        """
        self.task.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = Command(tuple(argv), {**self.env, **(env or {})}, self.folder)
        outputs = self._apart(name) if quiet else replace(self.task.outputs, append=self._streamed)
        self._streamed = self._streamed or not quiet
        outcome = run_script(
            self.context, command, state=self.task.state / name, deadline=self.deadline, outputs=outputs
        )
        if outcome.ending is not Ending.DONE:
            raise Unanswered(outcome)
        if outcome.exit == 127:
            raise Unanswered(complaint(command.argv[0], outcome))
        return outcome

    def must(self, name: str, argv: Iterable[str], *, env: Mapping[str, str] | None = None) -> Outcome:
        """Run one quietly that must succeed. Raises Unanswered with what it said, which is shown whole."""
        words = tuple(argv)
        outcome = self.run(name, words, env=env, quiet=True)
        if outcome.exit != 0:
            self.show(outcome)
            raise Unanswered(complaint(words[0], outcome))
        return outcome

    def show(self, outcome: Outcome) -> None:
        """Show what a quiet program said about its trouble."""
        self.context.console.stream(self.context.masker.text(outcome.stderr))

    def _apart(self, name: str) -> Outputs:
        folder, stem = self.task.outputs.stdout.parent, self.task.outputs.stdout.stem
        return Outputs(stdout=folder / f"{stem}.{name}.out", stderr=folder / f"{stem}.{name}.err", show=_nothing)


def _nothing(_text: str) -> None:
    """Show nothing."""
