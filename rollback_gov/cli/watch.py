"""``rollback-gov watch``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.on_github import GitHubWish, github_options
from rollback_gov.cli.options import (
    duration,
    incidents_option,
    known_runs,
    ladder_option,
    leases_option,
    region_option,
)
from rollback_gov.cli.wishes import Wishes, run_options

if TYPE_CHECKING:
    from rollback_gov.model.duration import Duration


@click.command("watch")
@click.argument("plans", nargs=-1, type=click.Path(path_type=Path))
@click.option("--environment", "-e", default="", help="Name in .rollback-gov/environments.yaml.")
@click.option("--all", "every_plan", is_flag=True, help="Every plan of the repository that has triggers.")
@click.option(
    "--mode",
    type=click.Choice(["observe", "confirm", "auto"]),
    default=None,
    help="observe: only tell; confirm: ask at the terminal; auto: roll back. Default: the plan's.",
)
@click.option(
    "--every", callback=duration, metavar="DURATION", help="How often to read triggers without an own interval."
)
@click.option("--for", "limit", callback=duration, metavar="DURATION", help="Stop after this time.")
@click.option("--once", is_flag=True, help="Read every trigger once and stop; the state is kept for the next time.")
@click.option("--again", is_flag=True, help="The operation was deployed anew after a rollback of it: watch it again.")
@click.option("--stay", is_flag=True, help="Wait for SIGTERM when every watch is over (for a supervisor).")
@click.option(
    "--explain", "only_explain", is_flag=True, help="Print when each trigger fires and what follows; read nothing."
)
@click.option("--disarm", default=None, metavar="REASON", help="Have automatic rollbacks ask first, from now on.")
@click.option("--arm", is_flag=True, help="Let them run without asking again.")
@click.option("--metrics-listen", default="", metavar="HOST:PORT", help="Serve metrics of the watch itself there.")
@click.option(
    "--after",
    default="",
    metavar="RUN",
    shell_complete=known_runs,
    help="Watch the windows after the rollback RUN (`watch_after`), without a PLAN.",
)
@leases_option
@incidents_option
@region_option
@ladder_option
@github_options
@run_options
def command(
    *,
    plans: tuple[Path, ...],
    environment: str,
    every_plan: bool,
    mode: Any,
    every: Duration | None,
    limit: Duration | None,
    once: bool,
    again: bool,
    stay: bool,
    only_explain: bool,
    disarm: str | None,
    arm: bool,
    metrics_listen: str,
    after: str,
    leases: str,
    incidents: Path,
    no_ladder: bool,
    region: str,
    github: GitHubWish,
    wishes: Wishes,
) -> int:
    """Watch the triggers of PLANS in an environment, and decide; or watch after the rollback RUN.

    Every change is one line. A watch that was stopped or killed goes on where it stood when it is started again within
    the hour. Monitoring that fails is reported and never rolls back. Before anything is run every gate is asked, and
    what each said is written down; one that fails makes an automatic rollback ask, and calls people.

    PLANS are files, or folders of plans; they are watched side by side. Several watches of one operation begin one
    rollback: those on one machine by a file, those on several by --lease.

    With --to-github and --deployment a rollback that the watch begins is shown on GitHub as with `execute`, beside the
    run; after --after, the issue of RUN says how its windows ended.

    With --after, all windows of the plan run side by side from the end of the rollback: each evaluates its checks, and
    counts the alerts that began after the decision. Every look is a line of incidents/RUN/watch_after.jsonl. Started
    again it goes on, and what nobody looked at meanwhile counts as missed. At the end each window is QUIET (seen from
    end to end), ALARMED or NOT MEASURED, and the incident report says so.

    \b
    Exit codes:
      0    nothing fired, or the rollback passed; with --after, every window was quiet
      1    something fired and was only told or refused, or a trigger could at last not be evaluated,
           or had too little traffic to be judged;
           with --after, a window was alarmed or not measured
      5    a rollback ran and failed
      130  stopped
    """
    if after:
        from rollback_gov.cli.watch_after import watch_windows

        if github.deployment:
            raise click.UsageError(
                "What is deployed does not change after a rollback: --deployment goes without --after."
            )
        code = watch_windows(after, incidents, dict(wishes.params), who=wishes.who, as_json=wishes.as_json)
        github.report_again(after, incidents)
        return code
    if not environment or not (plans or every_plan):
        raise click.UsageError("Name PLANS (or --all) and their --environment, or a run: --after RUN.")
    if arm and disarm is not None:
        raise click.UsageError("Say --arm or --disarm, not both.")
    if disarm is not None and not disarm.strip():
        raise click.UsageError("Say why they are switched off: --disarm REASON. Nothing was switched off.")
    from rollback_gov.cli.watch_plans import Session, arms, explains, watches
    from rollback_gov.commands.watch import WatchOptions

    options = WatchOptions(mode=mode, every=every, limit=limit, once=once, again=again, stay=stay)
    session = Session(
        plans=plans,
        environment=environment,
        region=region,
        options=options,
        wishes=wishes,
        leases=leases,
        ladder=not no_ladder,
        metrics=metrics_listen,
        github=github,
    )
    if arm or disarm is not None:
        return arms(session, disarm or "")
    return explains(session) if only_explain else watches(session)
