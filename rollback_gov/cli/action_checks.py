"""What the GitHub Action does with plans: checks them, and tells a pull request what it found."""

from __future__ import annotations

from typing import Any

import click

from rollback_gov.cli.action_step import Outcome, annotate, as_text, captured, document, text
from rollback_gov.cli.main import run
from rollback_gov.github.action.arguments import Place, feedback_arguments
from rollback_gov.github.action.inputs import Inputs
from rollback_gov.model.exit_codes import ExitCode


def validate(words: list[str], inputs: Inputs, place: Place) -> Outcome:
    """Check plans; a repository without one fails no job."""
    if inputs.is_on("check-run"):
        with as_text():
            code = run(words)
    else:
        code = run(words)
    _feedback(inputs, place)
    if code == ExitCode.NOTHING_TO_CHECK:
        annotate("notice", "There is no rollback plan to check.")
    found = document(place.findings)
    counts = found.get("summary", {})
    levels = [plan["achieved_level"] for plan in found.get("plans", [])]
    outputs = {
        "findings": str(place.findings),
        "plans": str(counts.get("plans", "")),
        "errors": str(counts.get("errors", "")),
        "warnings": str(counts.get("warnings", "")),
        "achieved-level": str(min(levels)) if levels else "",
    }
    return Outcome(code=code, outputs=outputs)


def _feedback(inputs: Inputs, place: Place) -> None:
    """Tell the pull request; nothing fails by it. The step's annotations stand in for a check run that is not there."""
    words = feedback_arguments(inputs, place)
    if not words:
        return
    given: dict[str, Any] = {}
    if place.findings.exists():
        _, given = captured(words)
    if inputs.is_on("check-run") and not given.get("complete"):
        click.echo(text(str(place.annotations)), nl=False)
    trouble = given.get("trouble", "There is no feedback on GitHub; the log of this step says why.")
    if trouble:
        annotate("notice", f"{trouble} The findings are annotations of this step, and stand in the job's summary.")
