"""Sends messages in the background: a dead channel delays nothing and fails nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from queue import SimpleQueue
from threading import Event, Thread
from time import monotonic

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import Delivery, DeliveryError, Message, Sender

TRIES = 3
_PAUSE_SECONDS = 0.5


class Messenger:
    """One thread, one queue. ``on_delivery`` is called from that thread, once a message and channel."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        environ: Mapping[str, str],
        on_delivery: Callable[[Delivery], None],
    ) -> None:
        self._channels = channels
        self._environ = environ
        self._on_delivery = on_delivery
        self._queue: SimpleQueue[tuple[Message, tuple[str, ...]] | None] = SimpleQueue()
        self._giving_up = Event()
        self._thread = Thread(target=self._work, name="messages", daemon=True)
        self._thread.start()

    def send(self, message: Message, channels: tuple[str, ...]) -> None:
        """Put a message in line for these channels. Never waits, never raises."""
        self._queue.put((message, channels))

    def close(self, seconds: float) -> bool:
        """Send what is in line, at most that long; False when something was left unsent."""
        self._queue.put(None)
        end = monotonic() + seconds
        self._thread.join(max(end - monotonic(), 0))
        self._giving_up.set()
        return not self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            message, names = item
            for name in names:
                self._on_delivery(self._deliver(name, message))

    def _deliver(self, name: str, message: Message) -> Delivery:
        channel = self._channels.get(name)
        if channel is None:
            detail = "no channel of that name in .rollback-gov/environments.yaml"
            return Delivery(event=message.event, channel=name, delivered=False, detail=detail)
        reason = ""
        for number in range(TRIES):
            if number and self._giving_up.wait(_PAUSE_SECONDS * 2**number):
                break
            try:
                _sender(channel.kind)(channel, self._environ, message)
            except DeliveryError as error:
                reason = f"{error} ({number + 1} tries)"
                continue
            return Delivery(event=message.event, channel=name, delivered=True, detail="")
        return Delivery(event=message.event, channel=name, delivered=False, detail=reason)


def _sender(kind: str) -> Sender:
    sender: Sender = import_module(f"rollback_gov.notify.{kind}").send
    return sender
