"""What can go wrong, as types. One place (``cli.main``) turns them into exit codes."""

from __future__ import annotations


class RollbackGovError(Exception):
    """Base of every error that a user can mend. ``hint`` says what to do next."""

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


class UsageError(RollbackGovError):
    """Wrong usage or configuration (exit code 2)."""


class Refused(RollbackGovError):  # noqa: N818 - a decision, not a defect
    """A gate said no, or findings stand in the way (exit code 1). ``reasons`` holds them all, one sentence each."""

    def __init__(self, message: str, *, reasons: tuple[str, ...] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reasons = reasons


class Interrupted(RollbackGovError):  # noqa: N818 - a wish, not a defect
    """A person or the system asked the run to stop (exit code 130)."""
