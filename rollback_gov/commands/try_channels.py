"""Trying channels before they are needed: each gets a message that says it is a test."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rollback_gov.commands.messages import channels_of
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.environment import Channel
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.notify.advice import advice
from rollback_gov.notify.interface import TIMEOUT_SECONDS, DeliveryError, Message
from rollback_gov.notify.kinds import sender_of
from rollback_gov.notify.texts import DEFAULTS, TITLES

_FILE = ".rollback-gov/environments.yaml"


class Tried(Record):
    """What became of the test in one channel. ``detail`` says why it failed, and ``hint`` what to do."""

    channel: str
    kind: str
    delivered: bool
    detail: str = ""
    hint: str = ""


class Trial(Record):
    """Who tries, from where and when (UTC, ISO 8601): it stands in the message."""

    person: str
    host: str
    at: str


def choose(workspace: Workspace, names: tuple[str, ...], environment: str) -> dict[str, Channel]:
    """Give the named channels, or all that there are: the shared ones, and those of the environment if one is named.

    Raises UsageError for an environment or a channel that does not exist.
    """
    shared = workspace.environments
    channels = channels_of(workspace.environment(environment) if environment else None, shared)
    for name in names:
        if name not in channels:
            raise UsageError(f"There is no channel '{name}' in {_FILE} (known: {', '.join(channels) or 'none'}).")
    own = [name for name, one in shared.environments.items() if one.channels]
    if not channels and own:
        raise UsageError(f"Channels belong to environments here ({', '.join(own)}).", hint="Name one: -e ENVIRONMENT.")
    return {name: channels[name] for name in names or channels}


def try_channels(
    channels: Mapping[str, Channel], trial: Trial, environ: Mapping[str, str], *, mode: str, environment: str
) -> tuple[Tried, ...]:
    """Send the test to all of them side by side, once each; it takes as long as the slowest."""
    message = _message(trial, mode=mode, environment=environment)
    with ThreadPoolExecutor(max_workers=max(len(channels), 1)) as pool:
        return tuple(pool.map(partial(_try, message, environ), channels.items()))


def _message(trial: Trial, *, mode: str, environment: str) -> Message:
    title, severity = TITLES["test"]
    facts = {"Environment": environment, "Sent by": f"{trial.person} on {trial.host}", "Time": trial.at}
    return Message(
        event="test",
        severity=severity,
        title=title,
        text=DEFAULTS["test"],
        run=f"test {trial.host} {trial.at}",
        facts={label: text for label, text in facts.items() if text},
        mode=mode,
        at=trial.at,
    )


def _try(message: Message, environ: Mapping[str, str], named: tuple[str, Channel]) -> Tried:
    name, channel = named
    try:
        sender_of(channel.kind)(channel, environ, message, timeout=TIMEOUT_SECONDS)
    except DeliveryError as error:
        detail = str(error)
    except Exception as error:  # a defect in one channel must not hide what became of the others
        detail = f"the channel is broken ({type(error).__name__})"
    else:
        return Tried(channel=name, kind=channel.kind, delivered=True)
    return Tried(channel=name, kind=channel.kind, delivered=False, detail=detail, hint=advice(channel.kind, detail))
