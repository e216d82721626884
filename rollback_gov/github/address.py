"""Which repository on which server: what the job says, and what the clone says, have to agree."""

from __future__ import annotations

from collections.abc import Mapping

from rollback_gov.github.connection import API
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record


class Address(Record):
    """The API's address, and the repository there as ``owner/name``."""

    api: str
    repository: str


def address(environ: Mapping[str, str], origin: str) -> Address:
    """Find a repository by ``GITHUB_REPOSITORY`` and ``GITHUB_API_URL``, else by its remote (``host/owner/name``).

    Raises UsageError where neither says it, or where they name two repositories: what was said in one of them says
    nothing about the other.
    """
    host, cloned = _cloned(origin)
    named = environ.get("GITHUB_REPOSITORY", "")
    if named and cloned and named.casefold() != cloned.casefold():
        raise UsageError(
            f"GITHUB_REPOSITORY is '{named}', and this is a clone of '{cloned}'.",
            hint="Run it in a clone of the repository that the job belongs to.",
        )
    repository = named or cloned
    if repository.count("/") != 1:
        raise UsageError(
            "Nobody knows which repository on GitHub this is.",
            hint="Set GITHUB_REPOSITORY=OWNER/NAME, or let the remote `origin` be the one on GitHub.",
        )
    return Address(api=environ.get("GITHUB_API_URL") or _api(host), repository=repository)


def _cloned(origin: str) -> tuple[str, str]:
    """Split ``host/owner/name``; nothing where it is a folder or something else."""
    host, _, path = origin.partition("/")
    return (host, path) if "." in host and path.count("/") == 1 else ("", "")


def _api(host: str) -> str:
    """Give where a server has its API: GitHub itself, GitHub with data residency, or GitHub Enterprise Server."""
    if host in ("", "github.com"):
        return API
    return f"https://api.{host}" if host.endswith(".ghe.com") else f"https://{host}/api/v3"
