"""What the GitHub Action runs: its inputs become one command, and the command's end becomes outputs and a summary.

``python -m rollback_gov.cli.github_action``, with ``toJSON(inputs)`` in the variable ``ROLLBACK_GOV_INPUTS``.
"""

from __future__ import annotations

import io
import json
import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from rollback_gov.cli.main import run
from rollback_gov.github.action.arguments import Place, arguments, feedback_arguments, report_arguments
from rollback_gov.github.action.event import base_commit, read_event
from rollback_gov.github.action.files import append, output_text, summary_text
from rollback_gov.github.action.inputs import Inputs, read_inputs
from rollback_gov.model.errors import UsageError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.formats.github import escape_message
from rollback_gov.reports.job_summary import evidence_summary, issue_summary, permit_summary


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


def main(environ: Mapping[str, str] | None = None) -> int:
    """Run the action's step and give its exit code."""
    given = os.environ if environ is None else environ
    try:
        inputs = read_inputs(given.get("ROLLBACK_GOV_INPUTS", ""))
        place = _place(given)
        words = arguments(inputs, place)
    except UsageError as error:
        _annotate("error", str(error))
        return ExitCode.USAGE
    outcome = _MODES[inputs.mode](words, inputs, place)
    outputs = {"exit-code": str(outcome.code), "result": ExitCode(outcome.code).word, **outcome.outputs}
    append(given.get("GITHUB_OUTPUT", ""), output_text(outputs))
    append(place.summary, summary_text(outcome.summary))
    if inputs.mode in _DECIDES:
        _send_audit()
    return outcome.job_code


def _place(environ: Mapping[str, str]) -> Place:
    folder = Path(environ.get("RUNNER_TEMP") or ".") / "rollback-gov-results"
    folder.mkdir(parents=True, exist_ok=True)
    place = Place(
        base=base_commit(read_event(environ)),
        folder=folder,
        summary=environ.get("GITHUB_STEP_SUMMARY", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
    )
    for left in (place.findings, place.annotations, place.result):
        left.unlink(missing_ok=True)
    return place


def _validate(words: list[str], inputs: Inputs, place: Place) -> Outcome:
    if inputs.is_on("check-run"):
        with _as_text():
            code = run(words)
    else:
        code = run(words)
    _feedback(inputs, place)
    if code == ExitCode.NOTHING_TO_CHECK:
        _annotate("notice", "There is no rollback plan to check.")
    document = _document(place.findings)
    counts = document.get("summary", {})
    levels = [plan["achieved_level"] for plan in document.get("plans", [])]
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
        _, given = _captured(words)
    if inputs.is_on("check-run") and not given.get("complete"):
        click.echo(_text(str(place.annotations)), nl=False)
    trouble = given.get("trouble", "There is no feedback on GitHub; the log of this step says why.")
    if trouble:
        _annotate("notice", f"{trouble} The findings are annotations of this step, and stand in the job's summary.")


def _permit(words: list[str], inputs: Inputs, _place: Place) -> Outcome:
    code, verdict = _captured(words)
    _annotate_reasons(verdict.get("reasons", []))
    if not code:
        _annotate("notice", f"The permit allows the deployment to {inputs.text('environment')}.")
    outputs = {"permit": verdict.get("file", ""), "reasons": " ".join(r["code"] for r in verdict.get("reasons", []))}
    outputs["deployment"] = str(verdict.get("deployment") or "")
    if inputs.is_on("deployment") and not code and not outputs["deployment"]:
        _annotate("warning", "GitHub does not show the deployment; the log of this step says why.")
    if not verdict:
        return Outcome(code=code)
    summary = permit_summary(verdict, plan=inputs.text("plan"), environment=inputs.text("environment"))
    return Outcome(code=code, outputs=outputs, summary=summary)


def _permit_issue(words: list[str], inputs: Inputs, _place: Place) -> Outcome:
    code, issued = _captured(words)
    _annotate_reasons(issued.get("reasons", []))
    if not code:
        _annotate("notice", f"The permit is issued, until {issued['expires']}: {issued['file']}")
    plan, environment = inputs.text("plan"), inputs.text("environment")
    summary = issue_summary(issued, plan=plan, environment=environment) if issued else ""
    return Outcome(code=code, outputs={"permit": issued.get("file", "")}, summary=summary)


def _deployment(words: list[str], _inputs: Inputs, _place: Place) -> Outcome:
    """Report how a deployment ended. That GitHub does not take it is no failure of the deployment."""
    code, shown = _captured(words)
    if shown.get("problem"):
        _annotate("warning", shown["problem"])
    outputs = {"deployment": str(shown.get("deployment") or "")}
    return Outcome(code=code, outputs=outputs, passes=frozenset({ExitCode.FINDINGS}))


def _rehearse(words: list[str], _inputs: Inputs, place: Place) -> Outcome:
    with _as_text():
        code = run(words)
    evidence = _document(place.result).get("evidence", [])
    files = "\n".join(item["file"] for item in evidence)
    return Outcome(code=code, outputs={"evidence": files}, summary=evidence_summary(evidence))


def _execute(words: list[str], inputs: Inputs, place: Place) -> Outcome:
    with _as_text():
        code = run(words)
    result = _document(place.result)
    if not result:
        return Outcome(code=code)
    outputs = {"run": result["run"], "report": result["report"], "incident-folder": str(Path(result["report"]).parent)}
    if inputs.is_on("incident-issue"):
        _, written = _captured(report_arguments(result["run"], inputs, place))
        outputs["issue"] = written.get("issue", "")
    return Outcome(code=code, outputs=outputs, summary=_text(result["report"]))


def _report(words: list[str], _inputs: Inputs, _place: Place) -> Outcome:
    code, written = _captured(words)
    if not written:
        return Outcome(code=code)
    outputs = {
        "report": written["report"],
        "incident-folder": str(Path(written["report"]).parent),
        "issue": written.get("issue", ""),
    }
    return Outcome(code=code, outputs=outputs, summary=_text(written["report"]))


_MODES: Mapping[str, Callable[[list[str], Inputs, Place], Outcome]] = {
    "validate": _validate,
    "permit-verify": _permit,
    "permit-issue": _permit_issue,
    "deployment": _deployment,
    "rehearse": _rehearse,
    "execute": _execute,
    "report": _report,
}


_DECIDES = frozenset({"permit-verify", "permit-issue", "execute"})
"""Modes after which the audit log is written. A rehearsal runs commands of a plan, and its job may write nothing."""


def _send_audit() -> None:
    """Send what was decided to the audit log: with the job's runner goes what waits there. It changes no outcome."""
    with _as_text():
        code = run(["audit", "sync"])
    if code:
        hint = "Give the job `permissions: {contents: write}` and GITHUB_TOKEN."
        _annotate("warning", f"What was decided is not in the audit log; the log of this step says why. {hint}")


@contextmanager
def _as_text() -> Iterator[None]:
    """Keep the runner from taking a line of a plan's commands for one of its own commands."""
    token = secrets.token_hex(16)
    click.echo(f"::stop-commands::{token}")
    try:
        yield
    finally:
        click.echo(f"\n::{token}::")


def _captured(words: list[str]) -> tuple[int, dict[str, Any]]:
    """Run a command that prints one JSON document, and give its exit code and the document."""
    printed = io.StringIO()
    with _as_text(), redirect_stdout(printed):
        code = run(words)
    try:
        document = json.loads(printed.getvalue())
    except ValueError:
        document = {}
    return code, document


def _document(file: Path) -> dict[str, Any]:
    """Read what the command left; empty where it left nothing."""
    try:
        document: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return document


def _text(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _annotate_reasons(reasons: Sequence[Mapping[str, str]]) -> None:
    for reason in reasons:
        _annotate("error", f"{reason['code']}: {reason['message']} {reason['hint']}".rstrip())


def _annotate(level: str, text: str) -> None:
    click.echo(f"::{level} title=rollback-gov::{escape_message(text)}")


if __name__ == "__main__":
    sys.exit(main())
