from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.plans_example.kubernetes_api import KubernetesApi, kubernetes_api
from tests.servers import postgresql, redis

__all__ = ["postgresql", "redis"]


@pytest.fixture
def api(tmp_path: Path) -> Iterator[KubernetesApi]:
    """An API server; its kubeconfig lies in tmp_path."""
    with kubernetes_api(tmp_path) as (server, _):
        yield server
