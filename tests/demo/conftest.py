from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import free_port

from .environment import DemoEnvironment


@pytest.fixture
def staging(tmp_path: Path) -> Iterator[DemoEnvironment]:
    """An environment in which nothing was deployed yet; whatever runs in it ends with the test."""
    environment = DemoEnvironment(state=tmp_path / "state", name="staging", port=free_port())
    try:
        yield environment
    finally:
        environment.end()


@pytest.fixture
def version_1(staging: DemoEnvironment) -> DemoEnvironment:
    """Version 1.0.0 runs and has no orders."""
    staging.run("deploy", "1.0.0")
    return staging


@pytest.fixture(scope="module")
def bystander(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoEnvironment]:
    """Version 1.0.0, shared by tests that change nothing."""
    environment = DemoEnvironment(state=tmp_path_factory.mktemp("state"), name="bystander", port=free_port())
    try:
        environment.run("deploy", "1.0.0")
        yield environment
    finally:
        environment.end()


@pytest.fixture
def version_2(staging: DemoEnvironment) -> DemoEnvironment:
    """Version 2.0.0 runs and has no orders."""
    staging.run("deploy", "2.0.0")
    return staging
