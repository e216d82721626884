"""Kinds of channels: each is a module of this package with a function ``send``, loaded when it is needed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module

from rollback_gov.model.environment import Channel
from rollback_gov.model.steady import steady
from rollback_gov.notify.interface import Message, Sender


def sender_of(kind: str) -> Sender:
    """Give what delivers messages to channels of this kind. Whatever the kind, it gets steady text."""
    sender: Sender = import_module(f"rollback_gov.notify.{kind}").send

    def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
        return sender(channel, environ, _steady(message), timeout=timeout)

    return send


def _steady(message: Message) -> Message:
    """Take out what turns the direction of writing: a reader would see the text around it backwards."""
    fields = message.fields and {name: steady(text) for name, text in message.fields.items()}
    facts = {steady(label): steady(text) for label, text in message.facts.items()}
    return replace(
        message,
        title=steady(message.title),
        text=steady(message.text),
        run=steady(message.run),
        facts=facts,
        fields=fields,
    )
