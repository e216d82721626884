"""A generic webhook: the message as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Message, secret
from rollback_gov.notify.post import post_json


def send(channel: Channel, environ: Mapping[str, str], message: Message) -> None:
    """Deliver one message. Raises DeliveryError."""
    post_json(channel.url or secret(environ, channel.url_env), {"version": 1, **asdict(message)})
