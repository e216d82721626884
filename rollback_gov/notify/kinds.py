"""Kinds of channels: each is a module of this package with a function ``send``, loaded when it is needed."""

from __future__ import annotations

from importlib import import_module

from rollback_gov.notify.interface import Sender


def sender_of(kind: str) -> Sender:
    """Give what delivers messages to channels of this kind."""
    sender: Sender = import_module(f"rollback_gov.notify.{kind}").send
    return sender
