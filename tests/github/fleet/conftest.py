"""Asking the GitHub of the tests as a scan does."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from rollback_gov.github.connection import connect
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.traffic import Limits, Traffic
from rollback_gov.github.patience import Patience
from tests.github.hub.state import Hub


class Sleep:
    """Sleeping that takes no time: the clock goes on, and with it the hour of the hub's limit."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self.slept = hub, 0.0

    def now(self) -> float:
        return time.time() + self.slept

    def sleep(self, seconds: float) -> None:
        self.slept += seconds
        if self._hub.rate is not None and self.now() >= self._hub.rate.reset:
            self._hub.rate.remaining = self._hub.rate.limit


@pytest.fixture
def sleep(hub: Hub) -> Sleep:
    """How somebody who asks sleeps."""
    return Sleep(hub)


@pytest.fixture
def asking(hub: Hub, sleep: Sleep) -> Iterator[Asking]:
    """Ask without a pace, and with a minute of patience."""
    traffic = Traffic(Limits(per_minute=0, patience=60.0), now=sleep.now, sleep=sleep.sleep)
    with connect(hub.environ, needs="contents: read", patience=Patience.of_many()) as connection:
        yield Asking(connection, traffic)
