"""From an address on the command line to a mirror."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rollback_gov.execution.mirror.interface import Mirror
from rollback_gov.model.errors import UsageError

VARIABLE = "ROLLBACK_GOV_JOURNAL_MIRROR"


def open_mirror(address: str, run: str, *, root: Path, environ: Mapping[str, str]) -> Mirror:
    """Give the mirror of a run. ``root`` is the repository of the plan. Nothing is connected before it is used.

    Raises UsageError for an address that is not one, or whose library is not installed.
    """
    kind, _, rest = address.partition(":")
    if kind == "git":
        from rollback_gov.execution.mirror.git import GitMirror

        return GitMirror(rest, run, root=root, environ=environ)
    if kind in ("http", "https") and rest.startswith("//"):
        from rollback_gov.execution.mirror.http import HttpMirror

        return HttpMirror(address, run, environ=environ)
    if kind in ("postgresql", "postgres") and rest.startswith("//"):
        from rollback_gov.execution.mirror.postgresql import PostgresqlMirror

        return PostgresqlMirror(address, run)
    raise UsageError(
        f"There is no journal mirror of the kind '{kind}'.",
        hint="It is one of git:REF, http(s)://HOST/PATH, postgresql://USER@HOST/DATABASE.",
    )
