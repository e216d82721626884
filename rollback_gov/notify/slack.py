"""Slack, by an incoming webhook: a text, and an attachment with colour and fields."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from itertools import accumulate

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message
from rollback_gov.notify.post import address, post_json

_COLOURS = {"good": "good", "info": "#439FE0", "warning": "warning", "error": "danger", "critical": "danger"}
_EMOJI = {
    "started": "rotating_light",
    "progress": "arrows_counterclockwise",
    "gate": "raised_hand",
    "completed": "white_check_mark",
    "failed": "x",
    "escalated": "sos",
    "acknowledged": "eyes",
    "watch": "warning",
    "test": "wrench",
}
_QUIET = frozenset({"progress", "step", "acknowledged", "test"})
"""What nobody is mentioned for."""
_SHORT = 40
_LONGEST, _LONGEST_FACT = 3000, 2000
"""Characters as Slack counts them: a sign that is escaped has four or five."""
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message. Raises DeliveryError."""
    fields = [
        {"title": _escaped(name), "value": _escaped(value, _LONGEST_FACT), "short": len(value) <= _SHORT}
        for name, value in message.facts.items()
    ]
    text = _escaped(message.text)
    attachment = {"color": _COLOURS[message.tone], "text": text, "fallback": text, "fields": fields}
    document = {"text": _title(channel, message), "attachments": [attachment]}
    post_json(address(channel, environ), document, timeout=timeout)
    return True


def _title(channel: Channel, message: Message) -> str:
    """Only the channel's own setting mentions people, and never for a rehearsal."""
    mentions = channel.mention and message.mode != "rehearse" and message.event not in _QUIET
    emoji = _EMOJI.get(message.event)
    words = (f"<!{channel.mention}>" if mentions else "", f":{emoji}:" if emoji else "", _escaped(message.headline))
    return " ".join(filter(None, words))


def _escaped(text: str, most: int = _LONGEST) -> str:
    """Slack reads ``<…>`` as links and mentions: text out of a plan must not call anybody."""
    signs = [_ESCAPES.get(sign, sign) for sign in text[: most + 1]]
    lengths = list(accumulate(len(sign) for sign in signs))
    if len(signs) == len(text) and (not signs or lengths[-1] <= most):
        return "".join(signs)
    return "".join(signs[: bisect_right(lengths, most - 1)]) + "…"
