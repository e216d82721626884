"""Secrets of a plan's steps, in one secret of GitHub: a called workflow gets none whose name it does not know."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rollback_gov.execution.masking import PACKED
from rollback_gov.model.errors import UsageError

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = ("GITHUB_", "RUNNER_", "ACTIONS_", "ROLLBACK_GOV_", "PYTHON", "LD_", "GIT_", "BASH_", "NODE_", "SSL_")
_OURS_WHOLE = frozenset({"PATH", "HOME", "ENV"})
"""What steers the runner, us, or what we run is no secret of a step."""


def unpacked(environ: Mapping[str, str]) -> dict[str, str]:
    """Give the variables that the lines NAME=VALUE of ``ROLLBACK_GOV_SECRETS`` name.

    Raises UsageError for a line that is none; it says which one and nothing of what stands in it.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(environ.get(PACKED, "").splitlines(), 1):
        if not line.strip():
            continue
        name, separator, value = line.partition("=")
        name = name.strip()
        if not (separator and _NAME.fullmatch(name)) or name in _OURS_WHOLE or name.startswith(_OURS):
            raise UsageError(
                f"Line {number} of {PACKED} is not NAME=VALUE with the name of a variable of the plan's steps.",
                hint="A value of several lines has no place there: encode it, and let the step decode it.",
            )
        found[name] = value.strip()
    return found
