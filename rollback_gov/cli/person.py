"""Who is there."""

from __future__ import annotations

from collections.abc import Mapping


def person(environ: Mapping[str, str], given: str) -> str:
    """Say who is there: what was given, the actor of a CI job, or the user's name."""
    return (
        given or environ.get("ROLLBACK_GOV_PERSON") or environ.get("GITHUB_ACTOR") or environ.get("USER") or "unknown"
    )
