"""The repository on GitHub that a folder is a clone of, for as long as it is asked and told things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rollback_gov.commands.repository import repository_name
from rollback_gov.github.address import address
from rollback_gov.github.connection import connect

if TYPE_CHECKING:
    from github.Repository import Repository


@contextmanager
def github_repository(environ: Mapping[str, str], root: Path, *, needs: str) -> Iterator[Repository]:
    """Connect to the repository around ``root``. ``needs`` is the permission that the token has to have.

    Whatever goes wrong inside comes out as UsageError, as from ``connect``.
    """
    where = address(environ, repository_name(root))
    with connect(environ, needs=needs, api=where.api) as connection:
        yield connection.get_repo(where.repository)
