"""Exit codes of every command."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit code means. ``word`` is the same in JSON output."""

    PASSED = 0
    FINDINGS = 1
    USAGE = 2
    NOTHING_TO_CHECK = 3
    INTERNAL_ERROR = 4
    ROLLBACK_FAILED = 5
    INTERRUPTED = 130

    @property
    def word(self) -> str:
        """Give the name that JSON output uses, such as ``passed``."""
        return self.name.lower()
