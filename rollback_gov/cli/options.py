"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

import click

from rollback_gov.model.duration import Duration

OVERRIDES = (
    "armed",
    "baseline",
    "gaps",
    "lease",
    "live-version",
    "network-disk",
    "permit",
    "plan-changed",
    "rehearsal",
    "safety",
    "tools",
    "unfinished-run",
)
"""Checks of a rollback that a person may override."""

F = TypeVar("F", bound=Callable[..., Any])


def pairs(_: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=VALUE`` options. Of two that contradict each other none is the one that was meant."""
    result: dict[str, str] = {}
    for value in values:
        name, equals, rest = value.partition("=")
        if not equals or not name:
            raise click.BadParameter(f"'{value}' is not NAME=VALUE.", param=parameter)
        if result.setdefault(name, rest) != rest:
            told = f"'{name}' is given twice, with different values. Leave one of them out."  # either may be a secret
            raise click.BadParameter(told, param=parameter)
    return result


def outputs_of(
    names: Sequence[str],
) -> Callable[[click.Context, click.Parameter, Sequence[str]], list[tuple[str, str]]]:
    """Give what splits each ``FORMAT`` or ``FORMAT=FILE`` into format and file (empty: standard output)."""

    def read(_: click.Context, parameter: click.Parameter, values: Sequence[str]) -> list[tuple[str, str]]:
        outputs = []
        for value in values:
            name, separator, file = value.partition("=")
            if name not in names:
                raise click.BadParameter(f"There is no format '{name}'. Possible: {', '.join(names)}.", param=parameter)
            if separator and not file:
                raise click.BadParameter(f"'{value}' names no file. Write {name}=FILE.", param=parameter)
            outputs.append((name, file))
        if sum(1 for _, file in outputs if not file) > 1:
            told = "Only one format can go to standard output. Write the others as FORMAT=FILE."
            raise click.BadParameter(told, param=parameter)
        files = [os.path.realpath(file) for _, file in outputs if file]
        twice = next((file for file in files if files.count(file) > 1 and not _is_device(file)), "")
        if twice:
            raise click.BadParameter(f"Two formats would go to '{twice}'. Name a file for each.", param=parameter)
        return outputs

    return read


def _is_device(file: str) -> bool:
    return os.path.exists(file) and not os.path.isfile(file)  # noqa: PTH110, PTH113 - of any kind


def duration(_: click.Context, parameter: click.Parameter, value: str | None) -> Duration | None:
    """Read a span of time such as 90s or 1h30m; it must be longer than nothing."""
    if value is None:
        return None
    try:
        span = Duration.parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error), param=parameter) from None
    if not span.milliseconds:
        raise click.BadParameter("It must be longer than nothing.", param=parameter)
    return span


def moment_of(today: datetime | None) -> datetime:
    """Give the moment to judge at: now, or the end of the day that was asked for."""
    if today is None:
        return datetime.now(UTC)
    if today.time() == time():
        today = today.replace(hour=23, minute=59, second=59)
    return today.replace(tzinfo=UTC)


def runs_folder(_: click.Context, __: click.Parameter, given: Path | None) -> Path:
    """Find the runs where `execute` leaves them: in the root of the repository around the current folder."""
    from rollback_gov.commands.workspace import Workspace

    return given or Workspace.around(Path.cwd()).root / "incidents"


def beginning(_: click.Context, parameter: click.Parameter, value: str | None) -> datetime | Duration | None:
    """Read a day, or a span of time that ends now."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        pass
    try:
        return Duration.parse(value)
    except ValueError:
        message = f"'{value}' is neither a day such as 2026-09-01 nor a span of time such as 90d."
        raise click.BadParameter(message, param=parameter) from None


def begins(since: datetime | Duration | None, now: datetime) -> datetime | None:
    """Give when that is (UTC)."""
    return now - timedelta(milliseconds=since.milliseconds) if isinstance(since, Duration) else since


def known_runs(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Complete the id of a run, the newest first."""
    incidents = context.params.get("incidents") or runs_folder(context, _, None)
    runs = sorted(incidents.glob("*/journal.jsonl"), key=lambda path: path.stat().st_mtime, reverse=True)
    return [name for name in (*(path.parent.name for path in runs), "latest") if name.startswith(begun)]


def waiting_steps(context: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Complete what the run on the command line waits for."""
    from rollback_gov.commands.status import look
    from rollback_gov.model.errors import RollbackGovError

    incidents = context.params.get("incidents") or runs_folder(context, _, None)
    try:
        waiting = look(context.params.get("run") or "latest", incidents, unfinished=True).progress.waiting
    except RollbackGovError:
        return []
    return [item.step for item in waiting if item.step.startswith(begun)]


def run_argument(default: str | None = None) -> Callable[[F], F]:
    """Name a run: an id, a folder, or `latest`; required where there is no default."""
    return click.argument("run", default=default, required=default is None, shell_complete=known_runs)


plan_argument = click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
environment_option = click.option("--environment", "-e", required=True, help="Name in .rollback-gov/environments.yaml.")
param_option = click.option(
    "--param", "params", multiple=True, callback=pairs, metavar="NAME=VALUE", help="Value of a parameter; repeatable."
)
region_option = click.option("--region", default="", metavar="NAME", help="Only this region of the plan.")
as_option = click.option("--as", "who", default="", metavar="PERSON", help="Who you are; default: the user's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
result_option = click.option(
    "--result",
    "result_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the result as JSON into this file too, for programs that come after.",
)
policy_from_option = click.option(
    "--policy-from",
    default="",
    metavar="REF",
    help="Take policy, trust and waivers from this git ref, so that a branch cannot weaken its own gate.",
)
incidents_option = click.option(
    "--incidents",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    callback=runs_folder,
    help="Folder of the runs; default: incidents/ in the repository's root.",
)


database_option = click.option(
    "--database",
    envvar="ROLLBACK_GOV_DATABASE",
    default="",
    metavar="URL",
    help="postgresql://… of the workers; default: ROLLBACK_GOV_DATABASE.",
)
distributed_option = click.option(
    "--distributed", is_flag=True, help="Let workers roll the regions back; the journal lies in --database."
)


def need_database(database: str) -> str:
    """Give the database of the workers, or say that one has to be named."""
    if not database:
        raise click.UsageError("Name the database of the workers: --database URL, or ROLLBACK_GOV_DATABASE.")
    return database


leases_option = click.option(
    "--lease",
    "leases",
    default="",
    metavar="ADDRESS",
    help="Where watches and people on several machines take turns: kubernetes:NAMESPACE or postgresql://…; also "
    "ROLLBACK_GOV_LEASE. Default: a file beside the watch.",
)
ladder_option = click.option(
    "--no-ladder",
    is_flag=True,
    help="When the rollback has failed, end at once: do not wait for the later rungs of the escalation ladder.",
)


def override_reasons(overrides: tuple[str, ...], reason: str) -> dict[str, str]:
    """Give each overridden check its reason. An override without a reason is wrong usage."""
    unknown = [name for name in overrides if name not in OVERRIDES]
    if unknown:
        raise click.UsageError(f"There is no check '{unknown[0]}' to override (there are: {', '.join(OVERRIDES)}).")
    if overrides and not reason.strip():
        raise click.UsageError("An override needs a reason: --override-reason TEXT.")
    return dict.fromkeys(overrides, reason.strip())
