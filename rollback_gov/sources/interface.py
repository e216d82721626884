"""What a source is, and what it needs of the world."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, TypeAlias

from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Observation
from rollback_gov.model.record import Record
from rollback_gov.sources.span import Span

MAX_BYTES = 1_048_576
"""An answer that is larger is none: nobody needs so much for one number."""


class Source(Protocol):
    """Answers queries of one kind. It never raises for what the outside does."""

    def read(self, query: Query, at: float) -> Observation:
        """Read one number. ``at`` is the time of the reading, in seconds since the epoch.

        Transport, timeouts, statuses from 400 and bodies that make no sense are ``Error``; an answer that has nothing
        to say (empty, NaN, infinite, too old, too little traffic) is ``NoData``; everything else is a ``Value``.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Historian(Protocol):
    """A source that also knows what was."""

    def read_span(self, query: Query, span: Span, *, infinite: bool = False) -> Sequence[Observation] | Error:
        """Give what ``read`` would have given at each time of a span, or why that cannot be known.

        A span has at most ``span.LONGEST`` times. ``infinite``: infinity is a number too.
        """
        ...


class CommandOutcome(Record):
    """How a command ended: its exit code, or None with ``detail`` where it did not end by itself."""

    exit: int | None
    stdout: str = ""
    detail: str = ""


class CommandRunner(Protocol):
    """Runs a bash script with the plan's surroundings; the script is killed after ``timeout`` seconds."""

    def __call__(self, script: str, *, timeout: float) -> CommandOutcome:
        """Run it to its end. Never raises for what the script does."""
        ...


class Reply(Record):
    """An HTTP answer with its whole body. ``ahead`` is how many seconds our clock is ahead of the server's."""

    status: int
    body: bytes
    content_type: str = ""
    location: str = ""
    ahead: float = 0.0

    @property
    def text(self) -> str:
        """The body as text; bytes that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")


class Failure(Record, kw_only=False):
    """No HTTP answer came. ``down``: the far side refused, hung up or kept silent; a health probe takes that for no."""

    reason: str
    down: bool = False


Answer: TypeAlias = Reply | Failure
