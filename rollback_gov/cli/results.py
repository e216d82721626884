"""How a run's end is shown."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rollback_gov.commands.execute import RunSummary


def print_run(summary: RunSummary, *, as_json: bool) -> None:
    """Print the run, its duration against the SLA, and where the report is."""
    from rollback_gov.execution.sla import human

    result = summary.result
    if as_json:
        document = {
            "run": summary.run,
            "result": result.result,
            "exit": summary.exit_code.word,
            "detail": result.detail,
            "seconds": result.seconds,
            "sla_seconds": result.sla_seconds,
            "sla_met": result.sla_met,
            "report": str(summary.report),
        }
        click.echo(json.dumps(document, indent=2))
        return
    against = f"{human(result.seconds)} of {human(result.sla_seconds)}" if result.sla_seconds else human(result.seconds)
    verdict = "SLA met" if result.sla_met else "SLA MISSED" if result.result == "passed" else "not rolled back"
    click.echo("")
    click.echo(f"Rollback {result.result.upper()}{f': {result.detail}' if result.detail else ''}")
    click.echo(f"  run       {summary.run}")
    click.echo(f"  duration  {against} ({verdict})")
    click.echo(f"  report    {summary.report}")
