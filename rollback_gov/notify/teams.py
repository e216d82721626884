"""Microsoft Teams, by a workflow that posts what its webhook receives: an Adaptive Card in an attachment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.cut import fitted
from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message
from rollback_gov.notify.post import address, post_json

_COLOURS = {"good": "good", "info": "accent", "warning": "warning", "error": "attention", "critical": "attention"}
_LONGEST, _LONGEST_FACT = 3000, 500
"""Bytes. A card of more than 28 KB is refused; a message has a dozen facts at most, and a bracket takes three bytes."""


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message. Raises DeliveryError."""
    card = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": _card(message)}
    post_json(address(channel, environ), {"type": "message", "attachments": [card]}, timeout=timeout)
    return True


def _card(message: Message) -> dict[str, Any]:
    title = {"size": "large", "weight": "bolder", "color": _COLOURS[message.tone]}
    facts = [{"title": name, "value": _plain(value, _LONGEST_FACT)} for name, value in message.facts.items()]
    return {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": _plain(message.headline, _LONGEST), "wrap": True, **title},
            {"type": "TextBlock", "text": _plain(message.text, _LONGEST), "wrap": True},
            *([{"type": "FactSet", "facts": facts}] if facts else []),
        ],
    }


def _plain(text: str, most: int) -> str:
    """Cards read a little Markdown: text out of a plan must not become a link or a picture."""
    return fitted(text, most).replace("[", "\\[").replace("]", "\\]")
