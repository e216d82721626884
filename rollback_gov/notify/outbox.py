"""The outbox of a run: a process of its own sends its messages, so that nothing of it is ever in the run's way.

A thread would not do: what a channel's library costs (loading it alone takes a fifth of a second) would be taken from
the run, and a thread that hangs in the system's search for a name cannot be ended. The process outlives a run that is
killed, for as long as it takes to send what is in line.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from time import monotonic
from typing import IO

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import LAST_WORD, OUT_OF_TIME, TIMEOUT_SECONDS, Delivery, Message

_GRACE_SECONDS = 0.5
"""For the process's last words, after the time for messages is over."""
_START = "import sys; sys.path.insert(0, sys.argv[1]); from rollback_gov.notify.postman import main; main()"
_ROOT = str(Path(__file__).parents[2])


class Outbox:
    """Hands messages over, and says what became of them. Nothing is started before the first one."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        environ: Mapping[str, str],
        *,
        timeout: float = TIMEOUT_SECONDS,
        pause: float = 1.0,
    ) -> None:
        self._settings = {
            "channels": {name: asdict(channel) for name, channel in channels.items()},
            "timeout": timeout,
            "pause": pause,
        }
        self._environ = environ
        self._waiting: Counter[tuple[str, str]] = Counter()
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: SimpleQueue[bytes | None] = SimpleQueue()
        self._read = b""
        self._is_over = False
        self._problem = ""

    def send(self, message: Message, channels: tuple[str, ...]) -> None:
        """Hand a message over for these channels. Never waits, never raises."""
        names = tuple(dict.fromkeys(channels))
        if not names:
            return
        self._waiting.update((name, message.event) for name in names)
        if self._process is None and not self._problem:
            self._start()
        self._put({"message": asdict(message), "channels": names})

    def deliveries(self) -> Iterator[Delivery]:
        """Give what became of messages, as far as it is known by now. Never waits."""
        yield from self._take(self._heard())
        if self._problem:
            yield from self._left(self._problem)

    def close(self, seconds: float) -> list[Delivery]:
        """Let everything in line be sent, all channels together at most that long; give what became of the rest.

        The process is gone afterwards.
        """
        if self._process is None:
            return list(self._left(self._problem))
        until = monotonic() + seconds
        self._put({"until": until})
        self._lines.put(None)
        found = list(self._until_it_ends(until + _GRACE_SECONDS))
        died = self._process.poll() is not None and not self._is_over
        _end(self._process)
        self._process = None
        if not self._is_over:
            found += self._left("what sends messages has died" if died else OUT_OF_TIME)
        self._waiting.clear()  # what a channel had no use for is told by nobody
        return found

    def _start(self) -> None:
        process = None
        try:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, _ROOT],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(self._environ),
                cwd="/",
                start_new_session=True,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            os.set_blocking(process.stdout.fileno(), False)
            Thread(target=_write, args=(process.stdin, self._lines), name="outbox", daemon=True).start()
        except (OSError, RuntimeError) as error:
            self._problem = f"what sends messages could not be started ({type(error).__name__})"
            if process is not None:
                assert process.stdin is not None
                process.stdin.close()
                _end(process)
            return
        self._process = process
        self._put(self._settings)

    def _put(self, line: Mapping[str, object]) -> None:
        self._lines.put(json.dumps(line).encode() + b"\n")

    def _heard(self) -> bytes:
        """Everything that the process has said and nobody has read yet."""
        heard = b""
        if self._process is not None and self._process.stdout is not None:
            while chunk := self._process.stdout.read(65536):
                heard += chunk
        return heard

    def _take(self, heard: bytes) -> Iterator[Delivery]:
        *lines, self._read = (self._read + heard).split(b"\n")
        for line in lines:
            if line == LAST_WORD:
                self._is_over = True
                continue
            delivery = Delivery(**json.loads(line))
            self._waiting -= Counter([(delivery.channel, delivery.event)])
            yield delivery

    def _until_it_ends(self, until: float) -> Iterator[Delivery]:
        assert self._process is not None
        assert self._process.stdout is not None
        poller = select.poll()
        poller.register(self._process.stdout, select.POLLIN)
        while not self._is_over and (left := until - monotonic()) > 0:
            poller.poll(left * 1000)
            heard = self._heard()
            yield from self._take(heard)
            if not heard and self._process.poll() is not None:
                return

    def _left(self, detail: str) -> Iterator[Delivery]:
        for channel, event in self._waiting.elements():
            yield Delivery(event=event, channel=channel, delivered=False, detail=detail)
        self._waiting.clear()


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill it, and leave nothing of it open; its input is closed by whoever writes it."""
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def _write(stream: IO[bytes], lines: SimpleQueue[bytes | None]) -> None:
    """Write what is handed over; a process that is gone reads nothing, which the run finds out at its end."""
    with suppress(OSError, ValueError):
        while (line := lines.get()) is not None:
            stream.write(line)
            stream.flush()
    with suppress(OSError):
        stream.close()
