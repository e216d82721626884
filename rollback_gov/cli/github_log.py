"""A run in the log of a GitHub job: the lines of each phase are a group, which its reader folds and unfolds.

Groups begin as the runner itself writes them into the log, and not with its command ``::group::``: while commands are
stopped, as they are around everything that steps print, that would be text.
"""

from __future__ import annotations

from rollback_gov.cli.heartbeat import HeartbeatTerminal
from rollback_gov.model.event import Event

_ENDS = frozenset({"phase.started", "phase.finished", "gate.waiting", "run.interrupted", "run.resumed", "run.finished"})


class GithubTerminal(HeartbeatTerminal):
    """Plain lines in groups. How a phase ended, and everything that is asked, stands outside of them.

    Regions speak side by side, and GitHub nests no groups: a run of several has none.
    """

    _begins = _is_open = _is_regional = False

    def hear(self, event: Event) -> None:
        """Learn what happened: the next line of a phase that begins is the head of its group."""
        super().hear(event)
        if event.type == "run.started":
            self._is_regional = self._is_regional or bool(event.data.get("regions") or event.data.get("region"))
        if event.type in _ENDS:
            self._fold()
        if event.type == "phase.started":
            self._begins = not self._is_regional

    def say(self, text: str) -> None:
        """Print one line."""
        with self._speaking:
            if self._begins and text[:1].strip():
                self._begins, self._is_open = False, True
                text = f"##[group]{text}"
            super().say(text)

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask where everybody sees it."""
        self._fold()
        return super().ask(question, seconds)

    def close(self) -> None:
        """Say no more by itself."""
        self._fold()
        super().close()

    def _fold(self) -> None:
        self._begins = False
        if self._is_open:
            self._is_open = False
            super().say("##[endgroup]")
