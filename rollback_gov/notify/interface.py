"""What a message is, what a channel must do with it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from rollback_gov.model.environment import Channel

TIMEOUT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message about a run. ``severity`` is info, warning, error or critical; ``run`` groups those of one run."""

    event: str
    severity: str
    title: str
    text: str
    run: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What became of a message in one channel. ``detail`` never holds an address or a key."""

    event: str
    channel: str
    delivered: bool
    detail: str


class DeliveryError(Exception):
    """A message could not be delivered; the text says why, without any secret."""


class Sender(Protocol):
    """A kind of channel: ``send(channel, environ, message)`` in a module of its own."""

    def __call__(self, channel: Channel, environ: Mapping[str, str], message: Message) -> None:
        """Deliver one message within five seconds. Raises DeliveryError."""
        ...


def secret(environ: Mapping[str, str], name: str) -> str:
    """Read what a setting ``*_env`` names. Raises DeliveryError that names the variable, never its value."""
    value = environ.get(name, "")
    if not value:
        raise DeliveryError(f"the environment variable {name or '(none named)'} is not set")
    return value
