"""Kinds of channels: each is a module of this package with a function ``send``, loaded when it is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib import import_module
from threading import Thread

from rollback_gov.model.environment import Channel
from rollback_gov.model.steady import steady
from rollback_gov.notify.interface import DeliveryError, Message, Sender

_ANSWERS = {"email": 3, "apprise": 2}
"""How many times the time of an answer a whole try may take, where it is a conversation; a request has one answer."""


def sender_of(kind: str) -> Sender:
    """Give what delivers messages to channels of this kind. All get steady text and end in time."""
    sender: Sender = import_module(f"rollback_gov.notify.{kind}").send

    def send(channel: Channel, environ: Mapping[str, str], message: Message, *, timeout: float) -> bool:
        def deliver() -> bool:
            return sender(channel, environ, _steady(message), timeout=timeout)

        return _within(timeout * _ANSWERS.get(kind, 1), deliver)

    return send


def _within(seconds: float, deliver: Callable[[], bool]) -> bool:
    """Leave a channel behind that takes longer: one that sends a byte now and then, or whose name is not found.

    A socket's own timeout begins anew with every byte.
    """
    ended: list[bool | BaseException] = []

    def work() -> None:
        try:
            ended.append(deliver())
        except BaseException as error:
            ended.append(error)

    thread = Thread(target=work, name="one message", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # a machine without threads
        return deliver()
    thread.join(seconds)
    if not ended:
        raise DeliveryError(f"no answer within {seconds:g} s")
    if isinstance(ended[0], BaseException):
        raise ended[0]
    return ended[0]


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
