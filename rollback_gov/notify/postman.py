"""The process that sends a run's messages: lines of JSON in, what became of each message out.

The first line holds the settings, each further one a message and its channels; ``{"until": SECONDS}`` (of the steady
clock, which all processes share) is the last. Where it never comes, because the run was killed, what is in line is
still sent. An empty object is the last word.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from threading import Lock
from time import monotonic
from typing import Any, BinaryIO

from rollback_gov.model.environment import Channel
from rollback_gov.notify.interface import LAST_WORD, Delivery, Message
from rollback_gov.notify.messenger import Messenger

ORPHANED_SECONDS = 10.0
"""For what is in line when the run is gone."""


def main() -> None:
    """Serve one run, and end without waiting for a channel that hangs."""
    serve(sys.stdin.buffer, sys.stdout.buffer, os.environ)
    os._exit(0)


def serve(lines: BinaryIO, words: BinaryIO, environ: Mapping[str, str]) -> None:
    """Send messages until there are no more, or their time is over."""
    lock = Lock()

    def say(line: bytes) -> None:
        with lock:
            words.write(line + b"\n")
            words.flush()

    def tell(delivery: Delivery) -> None:
        say(json.dumps(asdict(delivery)).encode())

    messenger = _messenger(json.loads(lines.readline()), environ, tell)
    seconds = ORPHANED_SECONDS
    for line in lines:
        if not line.endswith(b"\n"):  # the run is gone in the middle of it
            break
        told = json.loads(line)
        if "until" in told:
            seconds = max(told["until"] - monotonic(), 0.0)
            break
        messenger.send(_message(told["message"]), tuple(told["channels"]))
    messenger.close(seconds)
    with suppress(OSError):
        say(LAST_WORD)


def _messenger(settings: Mapping[str, Any], environ: Mapping[str, str], tell: Any) -> Messenger:
    channels = {
        name: Channel(**{**channel, "to": tuple(channel["to"])}) for name, channel in settings["channels"].items()
    }
    return Messenger(channels, environ, tell, timeout=settings["timeout"], pause=settings["pause"])


def _message(fields: Mapping[str, Any]) -> Message:
    return Message(**{**fields, "unknown": tuple(fields["unknown"])})
