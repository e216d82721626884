"""``rollback-gov approve``."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import as_option, incidents_option, json_option, run_argument, waiting_steps
from rollback_gov.cli.person import person

if TYPE_CHECKING:
    from rollback_gov.commands.approve import Answered


@click.command("approve")
@run_argument("")
@click.argument("gate", default="", shell_complete=waiting_steps)
@click.option("--deny", is_flag=True, help="Say no.")
@click.option("--choose", default="", metavar="CHOICE", help="The answer, where a question names its choices.")
@click.option("--reason", default="", metavar="TEXT", help="Why; needed to override a refusal, or your own gate.")
@incidents_option
@as_option
@json_option
def command(
    *, run: str, gate: str, deny: bool, choose: str, reason: str, incidents: Path, who: str, as_json: bool
) -> int:
    """Answer from elsewhere what RUN waits for: a gate, a step that is done by hand, a refusal, a choice.

    GATE may be left out when only one waits. Without RUN, all that waits is listed, with the commands that answer it;
    `status RUN` shows the same of one run. Whoever started the run cannot approve its gates, except with a reason,
    which is recorded for review; every other question anybody may answer.

    \b
    Examples:
      rollback-gov approve latest drain --reason "traffic is low"
      rollback-gov approve latest unknown/phases/db/load --choose again --reason "the table is empty"
      rollback-gov approve latest checklist/after --choose 1,3
    """
    if deny and choose:
        raise click.UsageError("Say --deny or --choose, not both.")
    if not run:
        return _list(incidents, as_json=as_json)
    from rollback_gov.commands.approve import approve

    me = person(os.environ, who)
    answered = approve(
        run, gate, incidents, decision=choose or ("denied" if deny else "approved"), person=me, reason=reason
    )
    click.echo(json.dumps(_document(answered), indent=2) if as_json else "\n".join(_lines(answered)))
    return 0


def _list(incidents: Path, *, as_json: bool) -> int:
    from dataclasses import asdict

    from rollback_gov.commands.approve import waiting_runs
    from rollback_gov.execution.questions import questions

    waiting = [(seen.run, question) for seen in waiting_runs(incidents) for question in questions(seen)]
    if as_json:
        click.echo(json.dumps([{"run": run, **asdict(question)} for run, question in waiting], indent=2))
        return 0
    if not waiting:
        click.echo("Nothing waits for a person.")
    from rollback_gov.execution.console import one_line
    from rollback_gov.execution.projection import since
    from rollback_gov.execution.sla import human

    for run, question in waiting:
        until = f", until {question.deadline[11:19]} UTC" if question.deadline else ""
        waited = human(since(question.since, datetime.now(UTC)))
        click.echo(one_line(f"{run}: {question.ask} (for {waited}{until}; {question.whom})"))
        for answer in question.answers:
            click.echo(one_line(f"  {answer}"))
    return 0


def _lines(answered: Answered) -> list[str]:
    from rollback_gov.execution.console import one_line

    answer, seen = answered.answer, answered.seen
    lines = [
        f"{answer.step}: {answer.decision} by {answer.by}",
        f"  question  {answered.question.ask}",
        f"  run       {seen.run} ({seen.progress.operation} in {seen.progress.environment})",
        f"  digest    {answer.executable} (of what runs)",
    ]
    if answer.subject:
        lines.append(f"  agreed to {answer.subject} (what was shown)")
    if answer.reason:
        lines.insert(2, f"  reason    {answer.reason}")
    if not seen.hears:
        lines.append(f"  Nobody runs it now; the answer counts when it goes on: rollback-gov resume {seen.run}")
    return [one_line(line) for line in lines]


def _document(answered: Answered) -> dict[str, Any]:
    answer = answered.answer
    return {
        "run": answered.seen.run,
        "state": answered.seen.state,
        "step": answer.step,
        "ask": answered.question.ask,
        "decision": answer.decision,
        "by": answer.by,
        "reason": answer.reason,
        "executable": answer.executable,
        "subject": answer.subject,
    }
