"""A generic webhook: the message as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message
from rollback_gov.notify.post import address, post_json


def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
    """Deliver one message. Raises DeliveryError."""
    post_json(address(channel, environ), {"version": 1, **asdict(message)}, timeout=timeout)
    return True
