"""Sends messages in the background: a dead channel delays nothing and fails nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import monotonic

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import TIMEOUT_SECONDS, Delivery, Message
from rollback_gov.notify.line import Line


class Messenger:
    """One line with a thread of its own for each channel: a dead channel does not hold up the others.

    ``on_delivery`` is called once a message and channel, from that channel's thread or from the one that closes.
    """

    def __init__(
        self,
        channels: Mapping[str, Channel],
        environ: Mapping[str, str],
        on_delivery: Callable[[Delivery], None],
        *,
        timeout: float = TIMEOUT_SECONDS,
        pause: float = 1.0,
    ) -> None:
        self._channels = channels
        self._environ = environ
        self._on_delivery = on_delivery
        self._timeout, self._pause = timeout, pause
        self._lines: dict[str, Line] = {}

    def send(self, message: Message, channels: tuple[str, ...]) -> None:
        """Put a message in line for these channels. Never waits, never raises."""
        for name in dict.fromkeys(channels):
            self._line(name).put(message)

    def close(self, seconds: float) -> bool:
        """Send what is in line, all channels together at most that long; False when something was left unsent.

        What was left is reported as not delivered.
        """
        end = monotonic() + seconds
        for line in self._lines.values():
            line.finish()
        ended = [line.join(max(end - monotonic(), 0.0)) for line in self._lines.values()]
        return all(ended)

    def _line(self, name: str) -> Line:
        if name not in self._lines:
            self._lines[name] = Line(
                name,
                self._channels.get(name),
                self._environ,
                self._on_delivery,
                timeout=self._timeout,
                pause=self._pause,
            )
        return self._lines[name]
