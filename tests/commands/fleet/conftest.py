"""A GitHub with no repository yet, and somebody who asks it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rollback_gov.github.connection import connect
from rollback_gov.github.fleet.asking import Asking
from rollback_gov.github.fleet.traffic import Limits, Traffic
from rollback_gov.github.patience import Patience
from tests.github.hub.server import serving
from tests.github.hub.state import Hub


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """An empty one."""
    monkeypatch.setattr("rollback_gov.github.patience.BACKOFF_SECONDS", 0.001)
    with serving(Hub()) as hub:
        yield hub


@pytest.fixture
def asking(hub: Hub) -> Iterator[Asking]:
    """Ask without a pace."""
    with connect(hub.environ, needs="contents: read", patience=Patience.of_many()) as connection:
        yield Asking(connection, Traffic(Limits(per_minute=0, patience=0)))
