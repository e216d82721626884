"""The outbox of a run: a process of its own sends its messages, so that nothing of it is ever in the run's way.

A thread would not do: what it costs to load the libraries of channels and to encrypt would be taken from the run, and
a thread that hangs in the system's search for a name cannot be ended. The process outlives a run that is killed, for as
long as it takes to send what is in line.
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
_START = """\
import os, sys
try:
    os.nice(10)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
except (OSError, AttributeError):
    pass
sys.path.insert(0, sys.argv[1])
from rollback_gov.notify.postman import main
main()
"""
"""The rollback goes first on a machine that is busy: what it hands over must not push it off its processor."""
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
        self._lines: SimpleQueue[bytes | None] | None = None
        """What a thread writes, where the process reads more slowly than the run has something to say."""
        self._read = b""
        self._is_over = False
        self._is_cut = False
        """From here on nothing is handed over any more."""
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
        self._finish(until)
        found = list(self._until_it_ends(until + _GRACE_SECONDS))
        died = self._process.poll() is not None and not self._is_over
        _end(self._process)
        self._process = None
        if self._is_cut or not self._is_over:
            found += self._left("what sends messages has died" if died else OUT_OF_TIME)
        self._waiting.clear()  # what a channel had no use for is told by nobody
        return found

    def _start(self) -> None:
        try:
            self._process = process = subprocess.Popen(
                [sys.executable, "-P", "-c", _START, _ROOT],
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=dict(self._environ),
                cwd="/",
                start_new_session=True,
            )
        except OSError as error:
            self._problem = f"what sends messages could not be started ({type(error).__name__})"
            return
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            os.set_blocking(stream.fileno(), False)
        self._put(self._settings)

    def _put(self, line: Mapping[str, object]) -> None:
        """Write at once what there is room for, so that it is out of a process that may be killed; the rest later."""
        text = json.dumps(line).encode() + b"\n"
        if self._lines is None and self._process is not None:
            assert self._process.stdin is not None
            text = _written(self._process.stdin, text)
            if not text:
                return
            self._lines = SimpleQueue()
            os.set_blocking(self._process.stdin.fileno(), True)
            thread = Thread(target=_write, args=(self._process.stdin, self._lines), name="outbox", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # a machine without threads
                self._is_cut = True
                self._process.stdin.close()
        if self._lines is not None:
            self._lines.put(text)

    def _finish(self, until: float) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._put({"until": until})
        if self._lines is None:
            self._process.stdin.close()
        else:
            self._lines.put(None)

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


def _written(stream: IO[bytes], text: bytes) -> bytes:
    """Write without waiting, and give what is left. A process that is gone reads nothing; the end finds it out."""
    try:
        while text:
            text = text[os.write(stream.fileno(), text) :]
    except BlockingIOError:
        return text
    except OSError:
        return b""
    return text


def _write(stream: IO[bytes], lines: SimpleQueue[bytes | None]) -> None:
    with suppress(OSError):
        while (line := lines.get()) is not None:
            while line:
                line = line[stream.write(line) :]
    stream.close()
