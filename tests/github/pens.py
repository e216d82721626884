"""A way to write to the GitHub of the tests that does not really sleep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from rollback_gov.github.connection import connect
from rollback_gov.github.writing import Writing
from tests.github.hub.state import Hub


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now, self.slept = 0.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)


@contextmanager
def writing_to(hub: Hub, time: Time | None = None, environ: Mapping[str, str] | None = None) -> Iterator[Writing]:
    """Connect, and write in a time of our own."""
    own = time or Time()
    with connect(environ or hub.environ, needs="pull-requests: write") as connection:
        yield Writing(connection, sleep=own.sleep, clock=lambda: own.now)
