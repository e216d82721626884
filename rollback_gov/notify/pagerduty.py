"""PagerDuty Events v2: one incident a run, by its deduplication key."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message, secret
from rollback_gov.notify.post import post_json

URL = "https://events.pagerduty.com/v2/enqueue"
_ACTIONS = {"completed": "resolve"}
_SILENT = frozenset({"progress", "step"})
"""Events that are no reason to wake anybody."""


def send(channel: Channel, environ: Mapping[str, str], message: Message) -> None:
    """Trigger, or resolve when the rollback is complete. Raises DeliveryError."""
    if message.event in _SILENT:
        return
    document = {
        "routing_key": secret(environ, channel.routing_key_env),
        "event_action": _ACTIONS.get(message.event, "trigger"),
        "dedup_key": message.run,
        "payload": {
            "summary": f"{message.title}: {message.text}"[:1024],
            "severity": message.severity,
            "source": "rollback-gov",
            "custom_details": dict(message.facts),
        },
    }
    post_json(channel.url or URL, document)
