"""A run's messages: its plan's texts and channels, sent beside the run, results in its journal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rollback_gov.model.environment import Channel, Environment, Environments
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record
from rollback_gov.notify.interface import Delivery, Message
from rollback_gov.notify.texts import DEFAULTS, FIELDS, TITLES, facts, fill, unknown_fields

CLOSING_SECONDS = 10.0
HURRY_SECONDS = 2.0
"""For what is in line when the run was told to stop: whoever tells it leaves ten seconds for everything."""
_PARTS = re.compile("[/?&=:@,]")
_TOKEN = 16
"""A part of a webhook's address that is as long as this is no word, and opens it alone where the rest is known."""
_SECRETS = ("url_env", "routing_key_env", "password_env")
_ENDS = frozenset({"completed", "failed", "acknowledged"})
Notify = Callable[[str, Mapping[str, str]], None]


def channels_of(environment: Environment | None, shared: Environments) -> dict[str, Channel]:
    """Give all channels by name; those of the environment go before the shared ones."""
    return {**(shared.channels or {}), **((environment.channels if environment else None) or {})}


def secrets_of(channels: Mapping[str, Channel], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Give what channels keep secret: what their settings ``*_env`` name, where it is set; of a URL its tokens too."""
    named = {getattr(channel, name) for channel in channels.values() for name in _SECRETS}
    values = [value for name in sorted(named) if (value := environ.get(name, "").strip())]
    paths = [_after_host(value) for value in values]
    return (*values, *(part for path in paths for part in _PARTS.split(path) if len(part) >= _TOKEN))


def _after_host(address: str) -> str:
    """Give what may be secret of an address; of one that is none on the web, Apprise's, that begins before the host."""
    scheme, _, rest = address.partition("://")
    return rest.partition("/")[2] if scheme in ("http", "https") else rest


class Post(Record):
    """Where a run's messages go: channels by name, secrets, and the fields of the whole run that texts may use.

    ``mask`` takes secrets out of whatever is said. ``told`` are channels that a run which goes on had escalated to.
    """

    channels: Mapping[str, Channel]
    environ: Mapping[str, str]
    known: Mapping[str, str]
    mask: Callable[[str], str] = str
    told: tuple[str, ...] = ()


@contextmanager
def open_messages(
    plan: Plan,
    post: Post,
    record: Callable[[str, Mapping[str, Any]], object],
    *,
    hurried: Callable[[], bool] = lambda: False,
) -> Iterator[Notify]:
    """Give a function that sends a message beside the run; what became of it is recorded later, in this thread.

    A message names its channels under ``channels``, or goes to those of the plan; ``reach`` may name one more. Whoever
    was escalated to hears how it ended. Nothing is started before the first message. At the end, what is in line is
    still sent, for ten seconds at most, or two when the run is ``hurried`` then.
    """
    from rollback_gov.notify.outbox import Outbox

    outbox = Outbox(post.channels, post.environ)
    called = dict.fromkeys(post.told)

    def notify(event: str, fields: Mapping[str, str]) -> None:
        _record_all(outbox.deliveries(), record)
        named = tuple(name for name in fields.get("channels", "").split(",") if name)
        reach = (fields["reach"],) if fields.get("reach") in post.channels else ()
        wanted = (*(named or plan.communication.channels), *reach)
        if event == "escalated":
            called.update(dict.fromkeys(wanted))
        elif event in _ENDS:
            wanted += tuple(called)
        outbox.send(compose(plan, event, {**post.known, **fields}, mask=post.mask), wanted)

    try:
        yield notify
    finally:
        _record_all(outbox.close(HURRY_SECONDS if hurried() else CLOSING_SECONDS), record)


def _record_all(deliveries: Iterable[Delivery], record: Callable[[str, Mapping[str, Any]], object]) -> None:
    """Write down what became of messages so far."""
    for delivery in deliveries:
        record("message.sent", asdict(delivery))


def compose(plan: Plan, event: str, fields: Mapping[str, str], *, mask: Callable[[str], str] = str) -> Message:
    """Write one message: the plan's own text for the event, or the default. No secret that ``mask`` knows is in it."""
    title, severity = TITLES[event]
    text = (plan.communication.messages or {}).get(event) or DEFAULTS[event]
    known = {name: mask(value) for name, value in fields.items()}
    said = mask(fill(text, known))
    return Message(
        event=event,
        severity=fields.get("severity") or severity,
        title=title,
        text=said,
        run=fields.get("incident") or fields.get("run", ""),
        facts=facts(event, known, said=said),
        fields={name: known[name] for name in FIELDS if known.get(name)},
        mode=fields.get("mode", ""),
        region=fields.get("part", ""),
        at=fields.get("at", ""),
        unknown=unknown_fields(text),
    )
