"""Who was told and who was called: messages, escalations and warnings."""

from __future__ import annotations

from dataclasses import dataclass

from rollback_gov.reports.fact import Seconds
from rollback_gov.reports.log import Data, Log


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFact:
    """A message and whether its channel took it."""

    at: str
    event: str
    channel: str
    delivered: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationFact:
    """A rung of the ladder that was climbed. ``on`` is ``running``, ``failed`` or ``timeout``."""

    at: str
    level: int
    on: str
    after: Seconds
    actions: tuple[str, ...]
    notify: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A limit of time that was not kept: that of a phase, or ``total``."""

    at: str
    scope: str
    limit: Seconds
    seconds: Seconds


def messages(log: Log) -> tuple[MessageFact, ...]:
    """Give the messages in the order in which their ends became known."""
    names = ("event", "channel", "delivered", "detail")
    return tuple(
        MessageFact(at=event.at, **{name: event.data[name] for name in names}) for event in log.all("message.sent")
    )


def escalations(log: Log) -> tuple[EscalationFact, ...]:
    """Give the rungs in the order in which they were climbed."""
    return tuple(
        EscalationFact(
            at=event.at,
            level=event.data["level"],
            on=event.data["on"],
            after=Seconds(event.data["after_seconds"]),
            actions=tuple(event.data["actions"]),
            notify=tuple(event.data["notify"]),
        )
        for event in log.all("escalated")
    )


def warnings(log: Log) -> tuple[str, ...]:
    """Give what the run warned of; a disk without room for the journal among it."""
    events = log.all("warning", "journal.full")
    return tuple(event.data["message"] if event.type == "warning" else full(event.data) for event in events)


def full(data: Data) -> str:
    """Say that the journal had no room."""
    return f"the journal had no room, and lines were written to standard error: {data['detail']}"


def breaches(log: Log) -> tuple[Breach, ...]:
    """Give every limit that was not kept."""
    return tuple(
        Breach(
            at=event.at,
            scope=event.data["scope"],
            limit=Seconds(event.data["limit_seconds"]),
            seconds=Seconds(event.data["seconds"]),
        )
        for event in log.all("sla.breached")
    )
