"""Slack, by an incoming webhook: a text, and an attachment with colour and fields."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message, secret
from rollback_gov.notify.post import post_json

_COLOURS = {"info": "good", "warning": "warning", "error": "danger", "critical": "danger"}
_SHORT = 40


def send(channel: Channel, environ: Mapping[str, str], message: Message) -> None:
    """Deliver one message. Raises DeliveryError."""
    fields = [
        {"title": _escaped(name), "value": _escaped(value), "short": len(value) <= _SHORT}
        for name, value in message.facts.items()
    ]
    attachment = {"color": _COLOURS[message.severity], "text": _escaped(message.text), "fields": fields}
    document = {"text": _escaped(message.title), "attachments": [{**attachment, "fallback": _escaped(message.text)}]}
    post_json(channel.url or secret(environ, channel.url_env), document)


def _escaped(text: str) -> str:
    """Slack reads ``<…>`` as links and mentions: text out of a plan must not call anybody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
