"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from rollback_gov.cli.terminal import pairs

OVERRIDES = ("baseline", "network-disk", "permit", "plan-changed", "safety", "tools", "unfinished-run")
"""Checks of a rollback that a person may override."""

F = TypeVar("F", bound=Callable[..., Any])


def runs_folder(_: click.Context, __: click.Parameter, given: Path | None) -> Path:
    """Find the runs where `execute` leaves them: in the root of the repository around the current folder."""
    from rollback_gov.commands.workspace import Workspace

    return given or Workspace.around(Path.cwd()).root / "incidents"


plan_argument = click.argument("plan", type=click.Path(path_type=Path, dir_okay=False))
environment_option = click.option("--environment", "-e", required=True, help="Name in .rollback-gov/environments.yaml.")
param_option = click.option(
    "--param", "params", multiple=True, callback=pairs, metavar="NAME=VALUE", help="Value of a parameter; repeatable."
)
region_option = click.option("--region", default="", metavar="NAME", help="Which region of the plan; one a run.")
as_option = click.option("--as", "who", default="", metavar="PERSON", help="Who you are; default: the user's name.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
incidents_option = click.option(
    "--incidents",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    callback=runs_folder,
    help="Folder of the runs; default: incidents/ in the repository's root.",
)


def run_options(command: F) -> F:
    """Add what a person may say beforehand about a run."""
    for option in (
        click.option("--yes", "no_questions", is_flag=True, help="Never ask at the terminal (for CI)."),
        click.option(
            "--override",
            "overrides",
            multiple=True,
            metavar="CHECK",
            help="Go on although this check failed; repeatable.",
        ),
        click.option("--override-reason", default="", metavar="TEXT", help="Why; recorded for review."),
        click.option(
            "--point-of-no-return",
            type=click.Choice(["yes", "no"]),
            default=None,
            help="Whether it was passed, where that cannot be detected.",
        ),
        click.option(
            "--journal-mirror",
            "mirror",
            default="",
            metavar="ADDRESS",
            help="Copy the journal there while it is written: git:REF, http(s)://… or postgresql://….",
        ),
        param_option,
        as_option,
        json_option,
    ):
        command = option(command)
    return command


def override_reasons(overrides: tuple[str, ...], reason: str) -> dict[str, str]:
    """Give each overridden check its reason. An override without a reason is wrong usage."""
    unknown = [name for name in overrides if name not in OVERRIDES]
    if unknown:
        raise click.UsageError(f"There is no check '{unknown[0]}' to override (there are: {', '.join(OVERRIDES)}).")
    if overrides and not reason.strip():
        raise click.UsageError("An override needs a reason: --override-reason TEXT.")
    return dict.fromkeys(overrides, reason.strip())
