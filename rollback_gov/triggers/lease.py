"""One rollback an operation: of all watchers and people, the one that holds the lease acts.

A lease is a small document in a store that can exchange it only as a whole and only if nobody else did meanwhile. Every
holder has a *token* that is greater than all before it. Whoever finds another token than its own there owns nothing any
more, however long it was away, and stops before its next step.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event, RLock, Thread
from typing import Protocol

from rollback_gov.model.errors import RollbackGovError
from rollback_gov.triggers.holder import Holder, ourselves, read_holder, text_of

ROLLBACK = "rollback"
"""The name of the lease of every rollback of an operation."""
LEASE_SECONDS = 15.0
"""A holder on another machine that gave no sign of life for so long is taken for dead. By the clock of who looks on."""
BEAT_SECONDS = 3.0
"""Between two signs of life."""
SURE_SECONDS = 5.0
"""For so long after a sign of life nobody else can have taken the lease."""


class Lost(RollbackGovError):  # noqa: N818 - the word for it
    """Somebody else has taken the lease."""


class Unreachable(RollbackGovError):  # noqa: N818 - the word for it
    """Where the lease is kept does not answer, so nobody knows whose it is."""


class Leases(Protocol):
    """Keeps documents by name. Raises Unreachable where it cannot."""

    look_seconds: float
    """How often to look for what others did, while nothing has fired: a look may cost a process."""

    def read(self, name: str) -> tuple[str, str] | None:
        """Give a document and its version; None where there is none."""
        ...

    def swap(self, name: str, version: str, text: str) -> bool:
        """Put a document in the place of that version (empty: of none). False when somebody else was faster."""
        ...


class Lease:
    """The lease of one decision. Threads may share it. ``steady`` gives seconds that only grow."""

    def __init__(self, store: Leases, name: str, *, steady: Callable[[], float] = time.monotonic) -> None:
        self.name = name
        self._store, self._steady = store, steady
        self._ours: Holder | None = None
        self._tried = ""
        """As which owner we asked for it last: the store may have taken that in, and its answer may not have come."""
        self._seen: tuple[str, float] = ("", 0.0)
        self._alive = float("-inf")
        self._busy = RLock()

    @property
    def token(self) -> int:
        """Our token; 0 while the lease is not ours."""
        return self._ours.token if self._ours else 0

    def take(self, *, at: str, reason: str, by: str = "", again: bool = False) -> tuple[Holder | None, Holder | None]:
        """Take the lease: gives who has it instead of us, and who died with it before us.

        What is over keeps its lease, unless it is to be done ``again``. Raises Unreachable.
        """
        while True:
            holder, version = self._look()
            if holder and not holder.free and ((holder.result and not again) or self._is_anothers(holder)):
                return holder, None
            asked = self._steady()
            dead = holder if holder and not holder.free and not holder.result else None
            ours = ourselves(at, reason, by, token=holder.token + 1 if holder else 1, run=dead.run if dead else "")
            self._tried = ours.owner
            if self._store.swap(self.name, version, text_of(ours)):
                self._ours, self._alive = ours, asked
                return None, dead

    def holder(self) -> Holder | None:
        """Give who holds it, or None when nobody does. Raises Unreachable."""
        holder = self._look()[0]
        return None if holder is None or holder.free else holder

    def is_alive(self, holder: Holder) -> bool:
        """Tell whether a holder that was just seen lives. One elsewhere does while its document changes."""
        if holder.result:
            return False
        if holder.is_near:
            return holder.is_running
        return not holder.host or self._steady() - self._seen[1] < LEASE_SECONDS

    def confirm(self) -> None:
        """See that the lease is ours still, before something begins. Raises Lost, Unreachable."""
        self._change()

    def fence(self) -> None:
        """See it before every step of a run that has begun. Raises Lost.

        Within a few seconds of the last sign of life nobody can have taken over. A store that does not answer stops
        nothing: while a run stands there as begun, nobody begins another one without a person.
        """
        if self._steady() - self._alive >= SURE_SECONDS:
            with suppress(Unreachable):
                self._change()

    def begin(self, run: str) -> None:
        """Write down which run has begun. Raises Lost, Unreachable."""
        self._change(run=run)

    def settle(self, result: str) -> None:
        """Write down what came of it. Raises Lost, Unreachable."""
        self._change(result=result)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Give signs of life meanwhile. What the store does then is the concern of the next ``confirm``."""
        ended = Event()

        def live() -> None:
            while not ended.wait(BEAT_SECONDS):
                with suppress(Unreachable):
                    try:
                        self._change()
                    except Lost:
                        return

        thread = Thread(target=live, name=f"lease-{self.name}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def set_aside(self) -> str:
        """Free the lease of what is over, so that the operation can be watched again; says what came of it, if any.

        Tokens go on growing. Raises Unreachable.
        """
        holder, version = self._look()
        if holder is None or holder.free or not holder.result:
            return ""
        return holder.result if self._store.swap(self.name, version, text_of(replace(holder, free=True))) else ""

    def free(self) -> bool:
        """Free it whoever has it; says whether somebody had it. Raises Unreachable."""
        holder, version = self._look()
        if holder is None or holder.free:
            return False
        return self._store.swap(self.name, version, text_of(replace(holder, free=True)))

    def _is_anothers(self, holder: Holder) -> bool:
        return self.is_alive(holder) and (not self._tried or holder.owner != self._tried)

    def _change(self, *, run: str = "", result: str = "") -> None:
        with self._busy:
            while True:
                asked = self._steady()
                holder, version = self._look()
                ours = self._ours
                if ours is None or holder is None or (holder.token, holder.owner) != (ours.token, ours.owner):
                    raise Lost(f"The lease {self.name} was taken over by {_who(holder)}; this process stops here.")
                self._ours = replace(
                    holder, beat=holder.beat + 1, run=run or holder.run, result=result or holder.result
                )
                if self._store.swap(self.name, version, text_of(self._ours)):
                    self._alive = asked
                    return

    def _look(self) -> tuple[Holder | None, str]:
        kept = self._store.read(self.name)
        if kept is None:
            return None, ""
        text, version = kept
        if text != self._seen[0]:
            self._seen = text, self._steady()
        return read_holder(text), version


def _who(holder: Holder | None) -> str:
    return f"process {holder.pid} on {holder.host} (token {holder.token})" if holder else "nobody: it is gone"
