"""One terminal for several regions: whole lines, each with its region before it, and one question at a time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from threading import Lock

from rollback_gov.execution.console import Console

ABANDONED_SECONDS = 1.0
"""A question that was not asked again for so long is no longer asked: its gate was answered from elsewhere."""


@dataclass(slots=True)
class Chorus:
    """The terminal that all regions share."""

    console: Console
    _lock: Lock = field(default_factory=Lock)
    _asking: str = ""
    _asked_at: float = 0.0

    def voice(self, region: str = "") -> Voice:
        """Give the terminal as one region sees it; the empty name is whoever coordinates them."""
        return Voice(self, region)

    def line(self, text: str) -> None:
        """Print one line, whole."""
        with self._lock:
            self.console.say(text)

    def take_turn(self, region: str) -> bool:
        """Take the right to ask; False while another region's question is open."""
        with self._lock:
            now = time.monotonic()
            if self._asking not in ("", region) and now - self._asked_at < ABANDONED_SECONDS:
                return False
            self._asking, self._asked_at = region, now
            return True

    def end_turn(self, region: str) -> None:
        """Let others ask: the question was answered."""
        with self._lock:
            if self._asking == region:
                self._asking = ""


@dataclass(slots=True)
class Voice:
    """One region at the terminal. It is used by the region's own thread alone."""

    chorus: Chorus
    region: str
    _rest: str = ""

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        return self.chorus.console.interactive

    def say(self, text: str) -> None:
        """Print one line."""
        if self._rest:
            self.stream("\n")
        self.chorus.line(self._named(text))

    def stream(self, text: str) -> None:
        """Print output of a step, line by line; a line without its end waits for the rest."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self.chorus.line(self._named(f"    | {line}"))

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask when nobody else does; None when it was not this region's turn, or nobody answered yet."""
        if not self.chorus.take_turn(self.region):
            time.sleep(seconds)
            return None
        said = self.chorus.console.ask(self._named(question), seconds)
        if said is not None:
            self.chorus.end_turn(self.region)
        return said

    def _named(self, text: str) -> str:
        return f"[{self.region}] {text}" if self.region else text
