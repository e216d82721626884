"""What a mirror is, and how it says that something went wrong."""

from __future__ import annotations

from typing import Protocol

from rollback_gov.model.errors import RollbackGovError


class MirrorError(RollbackGovError):
    """A mirror cannot be reached, or does not do what it is asked. The run goes on without it."""


class Diverged(MirrorError):  # noqa: N818 - what happened, not a defect
    """The mirror has other lines of this run: somebody else writes it as well."""


class Mirror(Protocol):
    """The copy of one run's journal. All calls come from one thread; each returns within half a minute."""

    name: str
    """What it is called in messages; without secrets."""
    linger: float
    """Seconds to wait for more lines before they are sent together."""

    def read(self) -> bytes:
        """Give every line that it has; nothing when it knows nothing of the run. Raises MirrorError."""
        ...

    def write(self, journal: bytes, *, held: int) -> None:
        """Make it hold ``journal``, of which it has the first ``held`` bytes; doing so again changes nothing.

        Raises MirrorError when it cannot be done now, Diverged when it has other lines already.
        """
        ...

    def close(self) -> None:
        """Hang up."""
        ...
