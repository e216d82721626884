"""A step of the GitHub Action: how it ended, what it says to the runner, and how it runs a command."""

from __future__ import annotations

import io
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from rollback_gov.cli.main import run
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.formats.github import SHOWN, message
from rollback_gov.outputs.words import printable
from rollback_gov.reports.job_summary import what


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a step ended: its exit code, its outputs, what the job summary gains, and whether the job fails by it.

    ``passes`` are exit codes that fail no job: a repository without a plan is no failure.
    """

    code: int
    outputs: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""
    passes: frozenset[int] = frozenset({ExitCode.NOTHING_TO_CHECK})

    @property
    def job_code(self) -> int:
        """The exit code of the step."""
        return 0 if self.code in self.passes else self.code


@contextmanager
def as_text() -> Iterator[None]:
    """Keep the runner from taking a line of a plan's commands for one of its own commands."""
    token = secrets.token_hex(16)
    click.echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        click.echo(f"\n::{token}::")


def captured(words: list[str]) -> tuple[int, dict[str, Any]]:
    """Run a command that prints one JSON document, and give its exit code and the document."""
    printed = io.StringIO()
    with as_text(), redirect_stdout(printed):
        code = run(words)
    try:
        document = json.loads(printed.getvalue())
    except ValueError:
        document = {}
    return code, document


def document(file: Path) -> dict[str, Any]:
    """Read what the command left; empty where it left nothing."""
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document


def text(file: str) -> str:
    """Read a file; empty where there is none."""
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def annotate_reasons(reasons: Sequence[Mapping[str, str]]) -> None:
    """Give each reason of a refusal as an error of the job."""
    annotate_each("error", [f"{one['code']}: {what(one)} {one['hint']}".rstrip() for one in reasons])


def annotate_each(level: str, texts: Sequence[str]) -> None:
    """Let the runner show sentences; where it would drop some, all of them stand in the log, and the first says so."""
    if len(texts) > SHOWN:
        for sentence in texts:
            click.echo(f"- {printable(sentence)}")
        annotate(level, f"There are {len(texts)}; {SHOWN - 1} of them follow. The full list is in the log.")
        texts = texts[: SHOWN - 1]
    for sentence in texts:
        annotate(level, sentence)


def annotate(level: str, text: str) -> None:
    """Let the runner show a sentence: as a ``notice``, a ``warning`` or an ``error``."""
    click.echo(f"::{level} title=rollback-gov::{message(text)}")
