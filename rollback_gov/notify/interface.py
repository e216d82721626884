"""What a message is, what a channel must do with it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from rollback_gov.model.environment import Channel
from rollback_gov.model.record import Record

TIMEOUT_SECONDS = 5.0
OUT_OF_TIME = "its time was over: the run did not wait for it"
LAST_WORD = b"{}"
"""What the process that sends messages says when it has reported every one."""


class Message(Record):
    """One message about a run. ``severity`` is info, warning, error or critical; ``run`` groups those of one run.

    ``facts`` are for people: a label, and what it says. ``fields`` are the same for programs, under the names that
    texts use. ``mode`` is ``execute`` or ``rehearse``: nobody is paged for a rehearsal. ``region`` is one of several of
    the run, whose beginning and end are not those of the run; else it is empty. ``at`` is when it was written (UTC, ISO
    8601). ``unknown`` names fields of the text that do not exist; they stay in it as they are, and deliveries say so.
    """

    event: str
    severity: str
    title: str
    text: str
    run: str
    facts: Mapping[str, str]
    fields: Mapping[str, str] | None = None
    mode: str = "execute"
    region: str = ""
    at: str = ""
    unknown: tuple[str, ...] = ()

    @property
    def tone(self) -> str:
        """How it is painted: by its severity, and ``good`` only where the service is back."""
        return "good" if self.event == "completed" and self.severity == "info" else self.severity

    @property
    def headline(self) -> str:
        """The title; that of a rehearsal says that it is one."""
        return f"REHEARSAL: {self.title}" if self.mode == "rehearse" else self.title


class Delivery(Record):
    """What became of a message in one channel. ``detail`` never holds an address or a key."""

    event: str
    channel: str
    delivered: bool
    detail: str


class DeliveryError(Exception):
    """A message could not be delivered this time; the text says why, without any secret.

    ``after`` are the seconds for which the channel asks to be left alone; 0 where it does not say.
    """

    def __init__(self, text: str, *, after: float = 0.0) -> None:
        super().__init__(text)
        self.after = after


class UselessError(DeliveryError):
    """Trying again would change nothing: a setting is missing, or the channel refused the message itself."""


class Sender(Protocol):
    """A kind of channel: ``send`` in a module of its own, named like the kind."""

    def __call__(self, channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
        """Deliver one message within ``timeout`` seconds. False: this channel has no use for it, nothing was sent.

        Raises DeliveryError.
        """
        ...


def secret(environ: Mapping[str, str], name: str) -> str:
    """Read what a setting ``*_env`` names. Raises UselessError that names the variable, never its value."""
    value = environ.get(name, "").strip()
    if not value:
        raise UselessError(f"the environment variable {name or '(none named)'} is not set")
    return value
