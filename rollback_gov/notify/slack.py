"""Slack, by an incoming webhook: a text, and an attachment with colour and fields."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message
from rollback_gov.notify.post import address, post_json

_COLOURS = {"info": "good", "warning": "warning", "error": "danger", "critical": "danger"}
_SHORT = 40
_LONGEST = 3000


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message. Raises DeliveryError."""
    fields = [
        {"title": _escaped(name), "value": _escaped(value), "short": len(value) <= _SHORT}
        for name, value in message.facts.items()
    ]
    text = _escaped(message.text)
    attachment = {"color": _COLOURS[message.severity], "text": text, "fallback": text, "fields": fields}
    title = message.title if message.mode != "rehearse" else f"REHEARSAL: {message.title}"
    post_json(address(channel, environ), {"text": _escaped(title), "attachments": [attachment]}, timeout=timeout)
    return True


def _escaped(text: str) -> str:
    """Slack reads ``<…>`` as links and mentions: text out of a plan must not call anybody."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return cut.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
