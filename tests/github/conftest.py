"""A GitHub for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.github.hub.server import serving
from tests.github.hub.state import Hub


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two tries nobody waits long."""
    monkeypatch.setattr("rollback_gov.github.patience.BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A GitHub with one repository, ``team/service``."""
    with serving(Hub()) as hub:
        hub.repository()
        yield hub
