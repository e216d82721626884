"""Options that let GitHub show a run while it goes on."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record

if TYPE_CHECKING:
    from rollback_gov.commands.world import World

Command = Callable[..., int]


class GitHubWish(Record):
    """What is to be shown on GitHub: the run's issue in a repository, the deployment that is undone."""

    issues: str
    deployment: bool

    @contextmanager
    def shown(self, world: World, root: Path) -> Iterator[World]:
        """Give a world whose runs are shown, and say at the end what was not. ``root`` is in the deployments' clone."""
        if not (self.issues or self.deployment):
            yield world
            return
        from rollback_gov.commands.run_on_github import OnGitHub, shown_on_github

        wish = OnGitHub(issues=self.issues, deployment=self.deployment, root=root)
        with shown_on_github(wish, world, lambda text: click.echo(f"NOTICE: {text}", err=True)) as seen:
            yield seen

    def report_again(self, run: str, incidents: Path) -> None:
        """Let the issue of a run that is over say what its report says by now; what GitHub refuses is said."""
        if not self.issues:
            return
        from rollback_gov.commands.report import publish_incident, write_incident
        from rollback_gov.commands.runs import find_run

        folder = find_run(incidents, run)
        try:
            publish_incident(folder, write_incident(folder)[0], self.issues, os.environ)
        except UsageError as error:
            click.echo(f"NOTICE: GitHub does not show the incident. {error} {error.hint}".rstrip(), err=True)


def repository(_: click.Context, parameter: click.Parameter, text: str) -> str:
    """See that a repository is named as ``OWNER/NAME``."""
    if text and not re.fullmatch(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+", text):
        raise click.BadParameter(f"'{text}' is not OWNER/NAME.", param=parameter)
    return text


def github_options(command: Command) -> Command:
    """Add what GitHub is to show; the command gets it as ``github``."""

    @wraps(command)
    def collected(*, issues: str, deployment: bool, **others: Any) -> int:
        return command(github=GitHubWish(issues=issues, deployment=deployment), **others)

    options = (
        click.option(
            "--to-github",
            "issues",
            default="",
            callback=repository,
            metavar="OWNER/NAME",
            help="Open the run's issue there and update it while the run goes on; needs GITHUB_TOKEN.",
        ),
        click.option(
            "--deployment",
            is_flag=True,
            help="Let GitHub's deployments say what is rolled back, and what comes back; needs GITHUB_TOKEN.",
        ),
    )
    for option in options:
        collected = option(collected)
    return collected
