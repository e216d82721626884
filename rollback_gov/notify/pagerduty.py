"""PagerDuty Events v2: one incident a run, by its deduplication key. A rehearsal is a change event: it pages nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message, secret
from rollback_gov.notify.post import post_json

EVENTS = "https://events.pagerduty.com/v2/enqueue"
CHANGES = "https://events.pagerduty.com/v2/change/enqueue"
_ACTIONS = {"completed": "resolve", "acknowledged": "acknowledge"}
_LONGEST_SUMMARY, _LONGEST_KEY = 1024, 255


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Trigger; acknowledge when a person has taken it; resolve when the rollback is complete. Raises DeliveryError.

    Progress is no reason to wake anybody: nothing is sent.
    """
    if message.event == "progress":
        return False
    key = secret(environ, channel.routing_key_env)
    document = _change(message) if message.mode == "rehearse" else _event(message)
    url = channel.url or (CHANGES if message.mode == "rehearse" else EVENTS)
    post_json(url, {"routing_key": key, **document}, timeout=timeout)
    return True


def _event(message: Message) -> dict[str, Any]:
    return {
        "event_action": _ACTIONS.get(message.event, "trigger"),
        "dedup_key": message.run[:_LONGEST_KEY],
        "payload": {**_payload(message), "severity": message.severity},
    }


def _change(message: Message) -> dict[str, Any]:
    return {"payload": _payload(message)}


def _payload(message: Message) -> dict[str, Any]:
    summary = f"{message.title}: {message.text}"
    return {
        "summary": summary[:_LONGEST_SUMMARY],
        "source": "rollback-gov",
        "custom_details": {**message.facts, "run": message.run},
    }
