"""What the GitHub Action runs: its inputs become one command, and the command's end becomes outputs and a summary.

``python -m rollback_gov.cli.github_action``, with ``toJSON(inputs)`` in the variable ``ROLLBACK_GOV_INPUTS``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rollback_gov.cli import action_checks, action_permits, action_runs
from rollback_gov.cli.action_step import Outcome, annotate, as_text
from rollback_gov.cli.main import run
from rollback_gov.execution.masking import SHORTEST
from rollback_gov.github.action.arguments import Place, arguments
from rollback_gov.github.action.event import BASE, base_commit, read_event
from rollback_gov.github.action.files import append, output_text, summary_text
from rollback_gov.github.action.inputs import Inputs, read_inputs
from rollback_gov.github.action.secrets import unpacked
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.formats.github import escape_message

if TYPE_CHECKING:
    from rollback_gov.records.verdict import Reason


def main(environ: Mapping[str, str] | None = None) -> int:
    """Run the action's step and give its exit code."""
    given = os.environ if environ is None else environ
    try:
        inputs = read_inputs(given.get("ROLLBACK_GOV_INPUTS", ""))
        place = _place(given, inputs)
        words = arguments(inputs, place)
        if inputs.mode in _RUNS_STEPS:
            _unpack_secrets(given)
    except UsageError as error:
        annotate("error", f"{error} {error.hint}".rstrip())
        return ExitCode.USAGE
    unseen = _see_audit(given) if inputs.mode in _ASKS_THE_LOG else None
    outcome = action_permits.refused(unseen, inputs) if unseen else _MODES[inputs.mode](words, inputs, place)
    outputs = {"exit-code": str(outcome.code), "result": ExitCode(outcome.code).word, **outcome.outputs}
    _append("outputs", given.get("GITHUB_OUTPUT", ""), output_text(outputs))
    _append("summary", place.summary, summary_text(outcome.summary))
    if inputs.mode in _DECIDES and not unseen:
        _send_audit()
    return outcome.job_code


def _place(environ: Mapping[str, str], inputs: Inputs) -> Place:
    folder = Path(environ.get("RUNNER_TEMP") or ".") / "rollback-gov-results"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Results have no place in '{folder}': {error.strerror}.", hint="See RUNNER_TEMP.") from error
    asks_for_base = BASE in (inputs.text("policy-from"), inputs.text("changed-since"))
    place = Place(
        base=base_commit(read_event(environ)) if asks_for_base else "",
        folder=folder,
        summary=environ.get("GITHUB_STEP_SUMMARY", ""),
        repository=environ.get("GITHUB_REPOSITORY", ""),
    )
    for left in (place.findings, place.annotations, place.result):
        left.unlink(missing_ok=True)
    return place


def _append(what: str, path: str, text: str) -> None:
    """Tell the runner; where it cannot be told, what was done is done, and its outcome stays."""
    try:
        append(path, text)
    except OSError as error:
        annotate("warning", f"The {what} of the step could not be written to {path}: {error.strerror}.")


_MODES: Mapping[str, Callable[[list[str], Inputs, Place], Outcome]] = {
    "validate": action_checks.validate,
    "permit-verify": action_permits.verify,
    "permit-issue": action_permits.issue,
    "deployment": action_permits.deployment,
    "rehearse": action_runs.rehearse,
    "execute": action_runs.execute,
    "report": action_runs.report,
}


_DECIDES = frozenset({"permit-verify", "permit-issue", "execute"})
"""Modes after which the audit log is written. A rehearsal runs commands of a plan, and its job may write nothing."""


_ASKS_THE_LOG = frozenset({"permit-verify", "permit-issue"})
"""Modes whose gate asks the audit log, which no checkout brings along."""


_ASK_AGAIN = (
    "See that the remote answers and that the step may read it (GITHUB_TOKEN, `permissions: {contents: read}`), "
    "then run the job again."
)


_RUNS_STEPS = frozenset({"rehearse", "execute"})


def _unpack_secrets(environ: Mapping[str, str]) -> None:
    """Give the plan's steps their secrets, and tell the runner to show none but those that every text is full of."""
    secrets = unpacked(environ)
    for value in secrets.values():
        if len(value) >= SHORTEST:
            click.echo(f"::add-mask::{escape_message(value)}")
    os.environ.update(secrets)


def _see_audit(environ: Mapping[str, str]) -> Reason | None:
    """Bring the audit log here, and say why that fails. A remote that answers and has none is no failure."""
    from rollback_gov.commands.audit import Trail
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.records.verdict import Code, reason

    try:
        Trail(root=Workspace.around(Path.cwd()).root, environ=environ).log().head()
    except RollbackGovError as error:
        text = f"The gate of a deployment fails closed, and cannot ask the audit log. {error}"
        return reason(Code.LOG_UNREACHABLE, text, error.hint or _ASK_AGAIN)
    return None


def _send_audit() -> None:
    """Send what was decided to the audit log: with the job's runner goes what waits there. It changes no outcome."""
    with as_text():
        code = run(["audit", "sync"])
    if code:
        hint = "Give the job `permissions: {contents: write}` and GITHUB_TOKEN."
        annotate("warning", f"What was decided is not in the audit log; the log of this step says why. {hint}")


if __name__ == "__main__":
    sys.exit(main())
