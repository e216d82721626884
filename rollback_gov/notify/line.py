"""The messages that wait for one channel, and the thread that sends them one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from queue import SimpleQueue
from threading import Event, Lock, Thread

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import OUT_OF_TIME, Delivery, DeliveryError, Message, UselessError
from rollback_gov.notify.kinds import sender_of

TRIES = 3
LONGEST_PAUSE_SECONDS = 30.0
"""A channel that asks to be left alone for longer is tried all the same: the rollback does not wait for it."""


class Line:
    """A line of messages. Each gets three tries; between them it waits ``pause`` seconds, then twice as long.

    A channel that names a time (``Retry-After``) gets that, up to half a minute. Where the last message was not taken,
    an update with newer messages behind it is left out: it is out of date, and what came after it matters more.
    """

    def __init__(
        self,
        name: str,
        channel: Channel | None,
        environ: Mapping[str, str],
        on_delivery: Callable[[Delivery], None],
        *,
        timeout: float,
        pause: float,
    ) -> None:
        self._name, self._channel, self._environ = name, channel, environ
        self._on_delivery = on_delivery
        self._timeout, self._pause = timeout, pause
        self._queue: SimpleQueue[tuple[int, Message] | None] = SimpleQueue()
        self._waiting: dict[int, Message] = {}
        self._number = 0
        self._lock = Lock()
        self._over = Event()
        self._is_in_trouble = False
        self._thread = Thread(target=self._work, name=f"messages to {name}", daemon=True)

    def put(self, message: Message) -> None:
        """Put a message in line; one that comes too late is reported as not delivered."""
        with self._lock:
            self._number += 1
            number = self._number
            self._waiting[number] = message
        if self._over.is_set() or not self._is_running():
            self._settle(number, delivered=False, detail="it came too late: messages were closed")
            return
        self._queue.put((number, message))

    def finish(self) -> None:
        """Say that no more messages follow."""
        self._queue.put(None)

    def join(self, seconds: float) -> bool:
        """Wait until everything is sent, at most that long. What is left then is reported; False when there was any."""
        if self._thread.ident is not None:
            self._thread.join(seconds)
        self._over.set()
        with self._lock:
            left = tuple(self._waiting)
        for number in left:
            self._settle(number, delivered=False, detail=OUT_OF_TIME)
        return not left

    def _is_running(self) -> bool:
        """Start the thread with the first message. A machine that has no threads left sends none."""
        if self._thread.ident is None:
            with suppress(RuntimeError):
                self._thread.start()
        return self._thread.is_alive()

    def _work(self) -> None:
        while (item := self._queue.get()) is not None:
            number, message = item
            if self._over.is_set():
                continue
            if self._is_in_trouble and message.event == "progress" and len(self._waiting) > 1:
                detail = "the channel was not reached, and newer messages were waiting"
                self._settle(number, delivered=False, detail=detail)
            else:
                self._deliver(number, message)

    def _deliver(self, number: int, message: Message) -> None:
        reason, tries, after = "", 0, 0.0
        while tries < TRIES:
            pause = max(self._pause * 2 ** (tries - 1), min(after, LONGEST_PAUSE_SECONDS))
            if tries and self._over.wait(pause):
                break
            tries += 1
            try:
                sent = self._send(message)
            except UselessError as error:
                reason = str(error)
                break
            except DeliveryError as error:
                reason, after = f"{error} ({tries} tries)", error.after
            except Exception as error:  # a defect of a channel must not silence it for the rest of the run
                reason = f"the channel is broken ({type(error).__name__})"
                break
            else:
                self._is_in_trouble = False
                self._settle(number, delivered=True, detail=_unknown(message), silent=not sent)
                return
        self._is_in_trouble = True
        self._settle(number, delivered=False, detail=reason)

    def _send(self, message: Message) -> bool:
        if self._channel is None:
            raise UselessError("no channel of that name in .rollback-gov/environments.yaml")
        return sender_of(self._channel.kind)(self._channel, self._environ, message, timeout=self._timeout)

    def _settle(self, number: int, *, delivered: bool, detail: str, silent: bool = False) -> None:
        """Report a message once, whoever comes first: the thread that sends, or the one that closes."""
        with self._lock:
            message = self._waiting.pop(number, None)
        if message is None or silent:
            return
        with suppress(Exception):  # whoever listens does not stop the messages
            self._on_delivery(Delivery(event=message.event, channel=self._name, delivered=delivered, detail=detail))


def _unknown(message: Message) -> str:
    names = ", ".join(f"{{{name}}}" for name in message.unknown)
    return f"the text has fields that do not exist: {names}" if names else ""
