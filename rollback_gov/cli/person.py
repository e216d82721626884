"""Who is there."""

from __future__ import annotations

import os
from collections.abc import Mapping

_NAMED = ("ROLLBACK_GOV_PERSON", "GITHUB_ACTOR", "USER", "LOGNAME")


def person(environ: Mapping[str, str], given: str) -> str:
    """Say who is there: what was given, the actor of a CI job, or the user's name; without any, the account's."""
    return given or next((environ[name] for name in _NAMED if environ.get(name)), "") or _account()


def _account() -> str:
    """Name the account of this process: in a container or from cron no variable says it, and it may have no name."""
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return f"uid {os.getuid()}"
