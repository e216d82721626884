"""A site with a worker in each of three regions."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.distributed.site import Site, new_site
from tests.servers import Postgresql, postgresql

__all__ = ["postgresql"]


@pytest.fixture(scope="module")
def site(postgresql: Postgresql, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A checkout and a database with its tables; no worker yet."""
    here = new_site(tmp_path_factory.mktemp("site"), postgresql)
    yield here
    here.close()
