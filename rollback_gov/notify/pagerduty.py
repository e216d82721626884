"""PagerDuty Events v2: one incident a run, by its deduplication key. A rehearsal is a change event: it pages nobody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.cut import fitted
from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message, secret
from rollback_gov.notify.post import post_json

EVENTS = "https://events.pagerduty.com/v2/enqueue"
_ACTIONS = {"completed": "resolve", "acknowledged": "acknowledge"}
_LONGEST_SUMMARY, _LONGEST_KEY, _LONGEST_FACT = 1024, 255, 4096
"""Characters of a summary and a key, bytes of a fact: an event of more than 512 KB is refused, and pages nobody."""


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Trigger; acknowledge when a person has taken it; resolve when the rollback is complete. Raises DeliveryError.

    Progress is no reason to wake anybody, and one region of several is not the run: nothing is sent. A test opens an
    incident and resolves it at once.
    """
    if message.event == "progress" or (message.region and message.event in ("started", "completed")):
        return False
    key, events = secret(environ, channel.routing_key_env), channel.url or EVENTS
    if message.mode == "rehearse":
        post_json(_changes(events), {"routing_key": key, "payload": _payload(message)}, timeout=timeout)
        return True
    action = _ACTIONS.get(message.event, "trigger")
    post_json(events, {"routing_key": key, **_event(message, action)}, timeout=timeout)
    if message.event == "test":
        post_json(events, {"routing_key": key, **_event(message, "resolve")}, timeout=timeout)
    return True


def _changes(events: str) -> str:
    """Give the address of change events on the same host: that of another region has one of its own."""
    return events.removesuffix("/enqueue") + "/change/enqueue" if events.endswith("/v2/enqueue") else events


def _event(message: Message, action: str) -> dict[str, Any]:
    return {
        "event_action": action,
        "dedup_key": message.run[:_LONGEST_KEY],
        "client": "rollback-gov",
        "payload": {**_payload(message), "severity": message.severity},
    }


def _payload(message: Message) -> dict[str, Any]:
    summary = f"{message.headline}: {message.text}"
    details = {**message.facts, "run": message.run}
    return {
        "summary": summary[:_LONGEST_SUMMARY],
        "source": "rollback-gov",
        **({"timestamp": message.at} if message.at else {}),
        "custom_details": {name: fitted(value, _LONGEST_FACT) for name, value in details.items()},
    }
