"""Where outputs go: each plan is written as soon as it is checked, to a file or to the screen."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO, Protocol, TypeVar

import click

from rollback_gov.model.errors import UsageError
from rollback_gov.outputs.registry import Manner, writer
from rollback_gov.outputs.result import WEIGHTS, CheckedPlan, Summary, only_failing

T = TypeVar("T")


class Sink(Protocol):
    """Takes plans one after the other, and the summary at the end."""

    def plan(self, plan: CheckedPlan) -> None:
        """Write one plan."""

    def end(self, summary: Summary) -> None:
        """Write the rest."""


class FileSink:
    """One format in one file. Raises UsageError where it cannot be written."""

    def __init__(self, path: Path, name: str, manner: Manner) -> None:
        self._path, self._writer = path, writer(name, manner)
        self._file: IO[str] = self._try(lambda: path.open("w", encoding="utf-8"))

    def plan(self, plan: CheckedPlan) -> None:
        """Write one plan."""
        self._try(lambda: self._file.write(self._writer.plan(plan)))

    def end(self, summary: Summary) -> None:
        """Write the rest, and close the file."""
        self._try(lambda: self._file.write(self._writer.end(summary)))
        self._try(self._file.close)

    def _try(self, action: Callable[[], T]) -> T:
        try:
            return action()
        except OSError as error:
            reason = error.strerror or str(error)
            hint = "Check the folder, the permissions and the room on the disk."
            raise UsageError(f"Cannot write '{self._path}': {reason}.", hint=hint) from error


class ScreenSink:
    """One format on standard output; ``quiet`` leaves out whatever does not make the validation fail."""

    def __init__(self, name: str, manner: Manner, *, quiet: bool) -> None:
        self._writer, self._manner, self._quiet = writer(name, manner), manner, quiet

    def plan(self, plan: CheckedPlan) -> None:
        """Write one plan; in quiet, only one that fails."""
        shown = _failing(plan, self._manner) if self._quiet else plan
        if shown is not None:
            self._write(self._writer.plan(shown))

    def end(self, summary: Summary) -> None:
        """Write the rest; in quiet, only where something fails or nothing was found."""
        shown = _quiet(summary, self._manner) if self._quiet else summary
        if shown is not None:
            self._write(self._writer.end(shown))

    def _write(self, text: str) -> None:
        """Write; a reader who has gone away (``| head``) changes nothing about what is found. Raises UsageError."""
        try:
            click.echo(text, nl=False)
        except OSError as error:
            from rollback_gov.cli.terminal import go_silent

            go_silent(sys.stdout)
            if isinstance(error, BrokenPipeError):
                return
            reason = error.strerror or str(error)
            raise UsageError(f"Cannot write to standard output: {reason}.", hint="Make room.") from error


def _failing(plan: CheckedPlan, manner: Manner) -> CheckedPlan | None:
    kept = only_failing(plan.findings, manner.fail_on)
    return replace(plan, findings=kept) if kept else None


def _quiet(summary: Summary, manner: Manner) -> Summary | None:
    if summary.plans and not summary.failing:
        return None
    heavy = WEIGHTS[: WEIGHTS.index(manner.fail_on) + 1]
    settings = (replace(file, findings=only_failing(file.findings, manner.fail_on)) for file in summary.settings)
    return replace(
        summary,
        counts={severity: summary.count(severity) for severity in heavy},
        waived=0,
        debt=0,
        settings=tuple(file for file in settings if file.findings),
    )
