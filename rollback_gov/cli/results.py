"""How a run's end is shown."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rollback_gov.commands.run_summary import RunSummary
    from rollback_gov.execution.regions.lanes import Lane


def print_run(summary: RunSummary, *, as_json: bool, file: Path | None = None) -> None:
    """Print the run, its duration against the SLA, and where the report is; as JSON into a file where one is named.

    A reader who has gone away changes nothing about how the run ended, so nothing is raised.
    """
    from rollback_gov.cli.terminal import go_silent

    write_result(file, run_document(summary))
    try:
        click.echo(json.dumps(run_document(summary), indent=2) if as_json else "\n".join(run_lines(summary)))
    except OSError:
        go_silent(sys.stdout)


def write_result(file: Path | None, document: dict[str, object]) -> None:
    """Write a result for programs; a file that cannot be written is said and changes nothing about the result."""
    if file is None:
        return
    try:
        file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        click.echo(f"The result could not be written to {file} ({error.strerror}).", err=True)


def run_document(summary: RunSummary) -> dict[str, object]:
    """Say how the run ended, for programs."""
    result = summary.result
    return {
        "run": summary.run,
        "result": result.result,
        "exit": summary.exit_code.word,
        "detail": result.detail,
        "seconds": result.seconds,
        "sla_seconds": result.sla_seconds,
        "sla_met": summary.sla_met,
        "report": str(summary.report),
        "watch_after": f"rollback-gov watch --after {summary.run}" if summary.windows else "",
        **({"regions": [lane.record for lane in summary.lanes]} if summary.lanes else {}),
        **(
            {"evidence": [{"file": str(file), "result": result} for file, result in summary.evidence]}
            if summary.evidence
            else {}
        ),
    }


def run_lines(summary: RunSummary) -> list[str]:
    """Say how the run ended, in lines."""
    from rollback_gov.execution.sla import human

    result = summary.result
    if summary.lanes:
        return _region_lines(summary)
    against = f"{human(result.seconds)} of {human(result.sla_seconds)}" if result.sla_seconds else human(result.seconds)
    verdict = "SLA met" if result.sla_met else "SLA MISSED" if result.result == "passed" else "not rolled back"
    return [
        "",
        f"Rollback {result.result.upper()}{f': {result.detail}' if result.detail else ''}",
        f"  run       {summary.run}",
        f"  duration  {against} ({verdict})",
        f"  report    {summary.report}",
        *_proved(summary),
        *_handed_over(summary),
        *_what_now(summary),
    ]


def _what_now(summary: RunSummary) -> list[str]:
    """After a failure: whom to call, and the command that says what failed and what is left."""
    from rollback_gov.execution.console import one_line
    from rollback_gov.execution.contacts import in_words

    if summary.result.result == "passed":
        return []
    calls = [f"  call      {one_line(in_words([contact]))}" for contact in summary.contacts]
    return [
        *calls,
        f"  next      it is NOT rolled back; what failed, and what is left: rollback-gov status {summary.run}",
    ]


def _proved(summary: RunSummary) -> list[str]:
    return [f"  evidence  {file} ({result})" for file, result in summary.evidence]


def _handed_over(summary: RunSummary) -> list[str]:
    """What is still to be watched, with the command that does it."""
    if not summary.windows:
        return []
    names = ", ".join(f"{window.name} for {window.for_}" for window in summary.windows)
    return [f"  watch     rollback-gov watch --after {summary.run}", f"            ({names})"]


def _region_lines(summary: RunSummary) -> list[str]:
    from rollback_gov.execution.sla import human

    result, count = summary.result, len(summary.lanes)
    return [
        "",
        f"Rollback of {count} region{'' if count == 1 else 's'} {result.result.upper()}"
        f"{f': {result.detail}' if result.detail else ''}",
        *lane_lines(summary.lanes),
        f"  run       {summary.run}",
        f"  duration  {human(result.seconds)}, all regions together",
        f"  report    {summary.report}",
        *_proved(summary),
        *_what_now(summary),
    ]


def lane_lines(lanes: Sequence[Lane]) -> list[str]:
    """Write a line a region: how it stands, its time against its SLA, and where it is or why it is not further."""
    width = max((len(lane.region) for lane in lanes), default=0)
    return [f"  {lane.region:<{width}}  {_lane(lane)}" for lane in lanes]


def _lane(lane: Lane) -> str:
    from rollback_gov.execution.sla import human

    where = lane.detail or lane.phase
    if lane.seconds is None:
        return f"{lane.state}{f': {where}' if where else ''}"
    limit = f" of {human(lane.sla_seconds)}" if lane.sla_seconds else ""
    verdict = "SLA met" if lane.sla_met else "SLA MISSED" if lane.state == "passed" else "not rolled back"
    return f"{lane.state} in {human(lane.seconds)}{limit} ({verdict}){f': {where}' if where else ''}"
