"""What triggers would have done along a history. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from rollback_gov.triggers.condition import Verdict
from rollback_gov.triggers.follow import Followed
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A trigger that would have fired, or a decision that would have been taken; seconds since the epoch.

    ``what`` is the trigger's id or the decision's action. ``over`` is None where it lasted beyond the history.
    """

    what: str
    at: float
    reason: str
    over: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarms:
    """Everything that would have happened, in the order of time, in how many ticks.

    ``unseen`` counts the readings of each trigger that could not be evaluated.
    """

    firings: tuple[Alarm, ...]
    decisions: tuple[Alarm, ...]
    ticks: int
    readings: Mapping[str, int]
    unseen: Mapping[str, int]

    @property
    def rollbacks(self) -> tuple[Alarm, ...]:
        """The decisions that roll back."""
        return tuple(alarm for alarm in self.decisions if alarm.what == "rollback")


def alarms(history: Iterable[Followed]) -> Alarms:
    """Gather what would have happened from the ticks of a history."""
    firings, decisions = _Open(), _Open()
    readings, unseen, ticks = Counter[str](), Counter[str](), 0
    for followed in history:
        ticks += 1
        at = followed.tick.at
        for entry in followed.tick.entries:
            readings[entry.trigger] += 1
            unseen[entry.trigger] += entry.judgement.verdict is Verdict.UNKNOWN
            if entry.after.status is Status.FIRED:
                firings.begin(entry.trigger, at, entry.after.reason)
        for name in followed.over:
            firings.end(name, at)
        _decided(decisions, followed.tick)
    return Alarms(firings=firings.all, decisions=decisions.all, ticks=ticks, readings=readings, unseen=unseen)


def _decided(decisions: _Open, tick: Tick) -> None:
    """Follow the decision: another one, or none, ends the one before."""
    action = tick.decision.action if tick.decision else ""
    for other in decisions.names - {action}:
        decisions.end(other, tick.at)
    if tick.decision:
        decisions.begin(action, tick.at, tick.decision.reason)


class _Open:
    """Alarms that are gathered: each begins once and is open until it ends."""

    def __init__(self) -> None:
        self._alarms: list[Alarm] = []
        self._open: dict[str, int] = {}

    @property
    def names(self) -> set[str]:
        return set(self._open)

    @property
    def all(self) -> tuple[Alarm, ...]:
        return tuple(self._alarms)

    def begin(self, what: str, at: float, reason: str) -> None:
        if what not in self._open:
            self._open[what] = len(self._alarms)
            self._alarms.append(Alarm(what=what, at=at, reason=reason))

    def end(self, what: str, at: float) -> None:
        index = self._open.pop(what)
        self._alarms[index] = replace(self._alarms[index], over=at)
