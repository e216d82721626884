"""One line an event, of every event: for whoever looks into a journal."""

from __future__ import annotations

import json

from rollback_gov.model.event import Event
from rollback_gov.reports.timeline import timeline

_LONGEST = 160


def listed(event: Event) -> str:
    """Give number, time of day (UTC), and what happened in words, or its data where there are no words for it."""
    return f"{event.seq:>5}  {event.at[11:23]}  {event.type:<20}  {told(event)}"


def told(event: Event) -> str:
    """Give what happened in words, with where it is known from, or its data where there are no words for it."""
    return worded(event) or _data(event)


def worded(event: Event) -> str:
    """Give what happened in words, with where it is known from; empty where there are no words for it."""
    rows = timeline((event,))
    return f"{rows[-1].source}: {rows[-1].text}" if rows else ""


def _data(event: Event) -> str:
    shown = {key: value for key, value in event.data.items() if value not in ("", [], {}, None)}
    text = " ".join(f"{key}={_value(value)}" for key, value in shown.items())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _value(value: object) -> str:
    return value if isinstance(value, str) and " " not in value else json.dumps(value, ensure_ascii=False)
