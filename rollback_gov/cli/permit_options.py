"""What the commands under ``permit`` share: options, the request that they make, and JSON."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.options import environment_option, pairs, param_option, plan_argument, policy_from_option

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from rollback_gov.commands.permit import PermitRequest

Command = Callable[..., int]
NOT_SIGNED = "It is not signed; that never satisfies level 3 or 4."


def moment(_: click.Context, __: click.Parameter, given: datetime | None) -> datetime:
    """Give the time that was named (UTC), or now."""
    return given.replace(tzinfo=UTC) if given else datetime.now(UTC)


def digests(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read ``NAME=SHA256`` options; ``sha256:`` may stand before the digest, as registries write it."""
    named = {name: text.removeprefix("sha256:") for name, text in pairs(context, parameter, values).items()}
    for name, digest in named.items():
        if not re.fullmatch("[0-9a-f]{64}", digest):
            raise click.BadParameter(f"'{name}' needs a sha256 of 64 hexadecimal digits.", param=parameter)
    return named


key_option = click.option(
    "--key", type=click.Path(path_type=Path), help="Private key; default: the variable ROLLBACK_GOV_KEY."
)
permit_option = click.option(
    "--permit",
    "file",
    type=click.Path(path_type=Path),
    help="The permit; default: one beside the plan that allows the deployment.",
)
break_glass_option = click.option(
    "--break-glass",
    type=click.Path(path_type=Path),
    help="A break-glass, whose waivers hold: see `rollback-gov break-glass open`.",
)


def pull_request(_: click.Context, parameter: click.Parameter, text: str) -> str:
    """See that a pull request is named by its number, or as the one of the event."""
    if text and text != "event" and not re.fullmatch("[1-9][0-9]{0,9}", text):
        raise click.BadParameter(f"'{text}' is neither the number of a pull request nor 'event'.", param=parameter)
    return text


reviews_option = click.option(
    "--reviews",
    "pull",
    default="",
    callback=pull_request,
    metavar="NUMBER|event",
    help="Count the reviews of this pull request on GitHub too; `event`: that of the job. Needs GITHUB_TOKEN.",
)
approved_for_option = click.option(
    "--approved-for",
    "approved_for",
    default="",
    metavar="GITHUB-ENVIRONMENT",
    help="Count who let this job's workflow run go on to that environment of GitHub. Needs GITHUB_TOKEN.",
)
artefact_option = click.option(
    "--artefact",
    "artefacts",
    multiple=True,
    callback=digests,
    metavar="NAME=SHA256",
    help="What is deployed, by its digest; repeatable.",
)
now_option = click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M:%SZ"]),
    callback=moment,
    help="Judge as of that time (UTC); for tests and for looking back.",
)


def make_request(
    plan: Path,
    environment: str,
    now: datetime | None = None,
    params: dict[str, str] | None = None,
    artefacts: dict[str, str] | None = None,
    *,
    policy_from: str = "",
) -> PermitRequest:
    """Put together what all commands of a permit ask about."""
    from rollback_gov.commands.permit import PermitRequest
    from rollback_gov.commands.workspace import Workspace
    from rollback_gov.plans.load import load_plan

    return PermitRequest(
        loaded=load_plan(plan),
        workspace=Workspace.around(plan).at(policy_from),
        environment=environment,
        now=now or datetime.now(UTC),
        environ=os.environ,
        given=params or {},
        artefacts=artefacts or {},
    )


def request_options(command: Command) -> Command:
    """Add the options that make a request; the command gets it as ``request``."""

    @wraps(command)
    def collected(
        *,
        plan: Path,
        environment: str,
        params: dict[str, str],
        artefacts: dict[str, str],
        now: datetime,
        policy_from: str,
        **others: Any,
    ) -> int:
        request = make_request(plan, environment, now, params, artefacts, policy_from=policy_from)
        return command(request=request, **others)

    for option in (policy_from_option, now_option, artefact_option, param_option, environment_option, plan_argument):
        collected = option(collected)
    return collected


def required_key(path: Path | None) -> Ed25519PrivateKey:
    """Read the private key of --key or the environment. Raises UsageError where there is none."""
    from rollback_gov.records.keys import load_private_key

    key = load_private_key(path, os.environ)
    if key is None:
        raise click.UsageError("This needs a key: --key FILE, or the variable ROLLBACK_GOV_KEY.")
    return key


def print_json(document: dict[str, Any]) -> None:
    """Print JSON in which a CI runner finds no command: what a record says must not be able to give one."""
    click.echo(json.dumps(document, indent=2).replace("##[", "##\\u005b"))
