"""A site with a worker in each of three regions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.distributed.site import Site
from tests.servers import Postgresql, postgresql

__all__ = ["postgresql"]


@pytest.fixture(scope="module")
def site(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A checkout and a database with its tables; no worker yet."""
    root = tmp_path_factory.mktemp("site")
    (root / ".rollback-gov").mkdir()
    (root / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")
    here = Site(root, postgresql, postgresql.create_database())
    assert here.gov("worker", "--set-up") == (0, "The tables are there.\n")
    yield here
    here.close()
