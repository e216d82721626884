"""A run's messages: its plan's texts and channels, sent beside the run, results in its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from queue import SimpleQueue
from typing import Any

from rollback_gov.model.environment import Channel, Environment, Environments
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record
from rollback_gov.notify.interface import Delivery, Message
from rollback_gov.notify.texts import DEFAULTS, TITLES, fill, unknown_fields

CLOSING_SECONDS = 10.0
HURRY_SECONDS = 2.0
"""For what is in line when the run was told to stop: whoever tells it leaves ten seconds for everything."""
Notify = Callable[[str, Mapping[str, str]], None]


def channels_of(environment: Environment | None, shared: Environments) -> dict[str, Channel]:
    """Give all channels by name; those of the environment go before the shared ones."""
    return {**(shared.channels or {}), **((environment.channels if environment else None) or {})}


class Post(Record):
    """Where a run's messages go: channels by name, secrets, and the fields of the whole run that texts may use."""

    channels: Mapping[str, Channel]
    environ: Mapping[str, str]
    known: Mapping[str, str]


@contextmanager
def open_messages(
    plan: Plan,
    post: Post,
    record: Callable[[str, Mapping[str, Any]], object],
    *,
    hurried: Callable[[], bool] = lambda: False,
) -> Iterator[Notify]:
    """Give a function that sends a message in the background; what became of it is recorded later, in this thread.

    A message names its channels under ``channels``, or goes to those of the plan. Nothing is started before the first
    one. At the end, what is in line is still sent, for ten seconds at most, or two when the
    run is ``hurried`` then.
    """
    from rollback_gov.notify.messenger import Messenger

    results: SimpleQueue[Delivery] = SimpleQueue()
    messenger = Messenger(post.channels, post.environ, results.put)

    def notify(event: str, fields: Mapping[str, str]) -> None:
        _record_all(results, record)
        named = tuple(name for name in fields.get("channels", "").split(",") if name)
        wanted = named or plan.communication.channels
        messenger.send(compose(plan, event, {**post.known, **fields}), wanted)

    try:
        yield notify
    finally:
        messenger.close(HURRY_SECONDS if hurried() else CLOSING_SECONDS)
        _record_all(results, record)


def _record_all(results: SimpleQueue[Delivery], record: Callable[[str, Mapping[str, Any]], object]) -> None:
    """Write down what became of messages so far. A journal belongs to one thread, so the sender's thread never does."""
    while not results.empty():
        record("message.sent", asdict(results.get()))


def compose(plan: Plan, event: str, fields: Mapping[str, str]) -> Message:
    """Write one message: the plan's own text for the event, or the default."""
    title, severity = TITLES[event]
    text = (plan.communication.messages or {}).get(event) or DEFAULTS[event]
    shown = {name: fields[name] for name in ("operation", "environment", "run", "reason") if fields.get(name)}
    return Message(
        event=event,
        severity=fields.get("severity", severity),
        title=title,
        text=fill(text, fields),
        run=fields.get("run", ""),
        facts=shown,
        mode=fields.get("mode", ""),
        unknown=unknown_fields(text),
    )
