"""What a person chooses about a rollback: why it is done, and which parts of the plan."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import pairs

if TYPE_CHECKING:
    from rollback_gov.model.plan import Plan

Command = Callable[..., int]
_REASON = (
    click.option("--reason", default="", metavar="TEXT", help="Why there is a rollback: alert, value, impact."),
    click.option("--impact", default="", metavar="TEXT", help="Who notices, for the record."),
    click.option("--quick-fix", default="", metavar="TEXT", help="What was tried before, for the record."),
    click.option("--authorised-by", default="", metavar="PERSON", help="Who authorised it, for the record."),
)
_CHOICES = (
    click.option("--scenario", default="", metavar="ID", help="Run only this partial rollback."),
    click.option(
        "--option", "options", multiple=True, callback=pairs, metavar="PHASE=ID", help="Take this alternative first."
    ),
    click.option("--from", "start_at", default="", metavar="PHASE", help="Start at this phase; asks for --because."),
    click.option("--skip", "skips", multiple=True, metavar="PHASE/STEP", help="Leave a step out; asks for --because."),
    click.option("--because", default="", metavar="TEXT", help="Reason for --from and --skip; recorded."),
)


def reason_options(command: Command) -> Command:
    """Add why there is a rollback; the command gets a ``reason`` in which nobody decided yet."""

    @wraps(command)
    def collected(*, reason: str, impact: str, quick_fix: str, authorised_by: str, **others: Any) -> int:
        from rollback_gov.model.reason import RollbackReason

        why = RollbackReason(text=reason, impact=impact, quick_fix=quick_fix, authorised_by=authorised_by)
        return command(reason=why, **others)

    return _with(collected, _REASON)


def choice_options(command: Command) -> Command:
    """Add which parts of the plan run; the command gets ``choices``. What is left out needs a reason."""

    @wraps(command)
    def collected(
        *, scenario: str, options: dict[str, str], start_at: str, skips: tuple[str, ...], because: str, **others: Any
    ) -> int:
        from rollback_gov.execution.itinerary import Choices

        if (start_at or skips) and not because.strip():
            raise click.UsageError("--from and --skip need a reason: --because TEXT.")
        skip = dict.fromkeys(skips, because)
        return command(choices=Choices(scenario=scenario, options=options, start_at=start_at, skip=skip), **others)

    return _with(collected, _CHOICES)


def _with(command: Command, options: tuple[Callable[[Command], Command], ...]) -> Command:
    for option in reversed(options):
        command = option(command)
    return command


def choose_scenario(plan: Plan) -> str:
    """Show every scenario's `use_when` and ask. Enter takes the whole plan."""
    if not plan.scenarios:
        return ""
    click.echo("Which rollback?\n  0  the whole plan")
    for number, scenario in enumerate(plan.scenarios, 1):
        click.echo(f"  {number}  {scenario.id}: {scenario.use_when} (SLA {scenario.sla or 'of the plan'})")
    chosen: int = click.prompt("Number", default=0, type=click.IntRange(0, len(plan.scenarios)))
    return plan.scenarios[chosen - 1].id if chosen else ""
