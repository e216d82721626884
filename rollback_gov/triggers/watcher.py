"""The watching itself: tick after tick, with a log, a state on disk, and nothing else on its mind."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rollback_gov.triggers.clock_set import Instant, set_by, was_set
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.form import FORM
from rollback_gov.triggers.grid import Due, Grid
from rollback_gov.triggers.line import Line
from rollback_gov.triggers.log import DecisionLog, started_data, tick_data
from rollback_gov.triggers.machine import interval
from rollback_gov.triggers.narrative import changes
from rollback_gov.triggers.reading import Asked, Reader
from rollback_gov.triggers.state import State
from rollback_gov.triggers.store import Memory, digests_of, save
from rollback_gov.triggers.tick import Rules, Tick, tick

_THIS_PROCESS = "this process"
STATE_SECONDS = 10.0
"""Between two states on disk. What happened since stands in the log, line by line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One tick and what it changed, in lines for people."""

    tick: Tick
    changes: tuple[str, ...]
    missed: int = 0
    """Readings before this one that nobody took."""


class Watcher:
    """Steps the triggers of one operation. ``now`` and all times are seconds since the epoch.

    With ``uptime``, seconds since the machine started that were read together with ``now``, it notices a clock that was
    set; ``clock`` is when ``memory`` was true.
    """

    def __init__(
        self, rules: Rules, reader: Reader, *, memory: Memory, now: float, clock: Instant | None = None
    ) -> None:
        self.rules = rules
        self.states = dict(memory.states)
        self.ticks = 0
        self.at = _milliseconds(now) / 1000
        """Time of the newest tick that was taken in."""
        self._reader = reader
        self._decision: Decision | None = None
        self._notes: tuple[str, ...] = ()
        self._due: tuple[Due, Asked] | None = None
        self.clock = clock
        """When the tick was asked for of which the states are: the clock by which they are."""
        self._asked_at = clock
        self._boot = clock.boot if clock else ""
        self._clock_set = 0
        intervals = {trigger.id: interval(trigger, rules.every).milliseconds for trigger in rules.triggers}
        align = None if rules.align is None else rules.align.milliseconds
        self._grid = Grid(intervals, _milliseconds(now), align)
        self._latest = _milliseconds(now)
        self._longest = max(intervals.values())

    def wait(self, now: float, uptime: float | None = None) -> float:
        """Give the seconds until the next tick; 0 when it is due. A clock that was set begins the grid anew."""
        if self.set_by(now, uptime) or _milliseconds(now) < self._latest - self._longest:
            self._grid.begin(_milliseconds(now))
        return max(0.0, (self._grid.next - _milliseconds(now)) / 1000)

    def tick(self, now: float, uptime: float | None = None) -> Report:
        """Read what is due and step."""
        self.ask(now, uptime)
        return self.step()

    def ask(self, now: float, uptime: float | None = None) -> Asked:
        """Send the queries that are due; ``step`` is next."""
        self._clock_set = self.set_by(now, uptime)
        self._asked_at = None if uptime is None else Instant(now, uptime, self._boot)
        due = self._grid.take(_milliseconds(now))
        self._latest = due.at
        triggers = (trigger for trigger in self.rules.triggers if trigger.id in due.triggers)
        asked = self._reader.ask(triggers, due.at / 1000)
        self._due = due, asked
        return asked

    def step(self) -> Report:
        """Take in what was asked for, waiting for it where it is not there yet."""
        assert self._due is not None, "nothing was asked"
        due, asked = self._due
        done = tick(self.rules, self.states, asked.answers(), due.at / 1000, clock_set=self._clock_set)
        lines = tuple(changes(done, self._decision))
        missed = (_missed(due.missed),) if due.missed else ()
        if done.clock_set:
            due, missed = replace(due, missed=0), (was_set(done.clock_set),)
        self.states, self._decision, self.ticks = dict(done.states), done.decision, self.ticks + 1
        self._due, self.at, self.clock = None, done.at, self._asked_at
        return Report(tick=done, changes=(*missed, *self._new_notes(), *lines), missed=due.missed)

    def set_by(self, now: float, uptime: float | None) -> int:
        """Give by how many milliseconds the clock was set since the tick of which the states are, back with a minus."""
        if uptime is None or self.clock is None:
            return 0
        return set_by(self.clock._replace(boot=_THIS_PROCESS), Instant(now, uptime, _THIS_PROCESS)) or 0

    def _new_notes(self) -> tuple[str, ...]:
        """Give what the sources say now and did not say at the tick before."""
        before, self._notes = self._notes, self._reader.notes()
        return tuple(note for note in self._notes if note not in before)


class Record:
    """What a watch leaves on disk. A disk that is full or gone is said once, and never stops a rollback."""

    def __init__(self, log: DecisionLog, state: Path, *, say: Callable[[str], None]) -> None:
        self._log = log
        self.state = state
        self._say = say
        self._complained = False
        self._digests: dict[str, str] = {}
        self._saved = 0.0
        self._carried_out: frozenset[str] = frozenset()
        self._about: Mapping[str, Any] = {}
        self._lost = 0
        """Lines that could not be written, without which those that follow do not follow."""

    def ticks_after(self, at: float) -> tuple[Line, ...]:
        """Give the newest ticks in the log that came after a time and were written before us, the oldest first."""
        return self._log.ticks_after(at)

    def ticked(self, done: Tick, rules: Rules, carried_out: frozenset[str], *, clock: Instant | None = None) -> None:
        """Write down a tick: its line holds the state after it. The state of all triggers follows now and then.

        ``clock`` is when it was asked for.
        """
        whole = not self._lost
        if not whole and self._resumed(done, rules, carried_out):
            whole, done = True, replace(done, clock_set=0)  # the states with which it begins anew have moved
        if not (whole and self.write("tick", tick_data(done), at=done.at)):
            self._lost += 1
        full = self._log.is_full
        if full or done.clock_set or carried_out != self._carried_out or not 0 <= done.at - self._saved < STATE_SECONDS:
            memory = Memory(states=done.states, done=carried_out, at=done.at)
            self.remember(rules, memory, at=done.at, clock=clock)
        if full:
            self._go_on(done, rules)

    def started(self, rules: Rules, states: Mapping[str, State], about: Mapping[str, Any], *, at: float) -> None:
        """Write the first line of a watch: all that decides beside the readings."""
        self._about = {**about, "form": FORM}
        if not self.write("started", started_data(rules, states=states, about=self._about), at=at):
            self._lost += 1

    def _resumed(self, done: Tick, rules: Rules, carried_out: frozenset[str]) -> bool:
        """Begin anew behind ticks that are lost, with the states of before this one; says whether that was written.

        Else a replay would find that what follows does not follow, and call a true log false.
        """
        before = {**done.states, **{entry.trigger: entry.before for entry in done.entries}}
        about = {**self._about, "done": sorted(carried_out), "lost": self._lost}
        if not self.write("started", started_data(rules, states=before, about=about), at=done.at):
            return False
        self._lost = 0
        return True

    def _go_on(self, done: Tick, rules: Rules) -> None:
        """Begin another part of the log, which holds all that came before as far as it still counts."""
        try:
            self._log.go_on()
        except OSError as error:
            self._complain(error)
            return
        if not self.write("continued", started_data(rules, states=done.states, about=self._about), at=done.at):
            self._lost += 1

    def remember(self, rules: Rules, memory: Memory, *, at: float, clock: Instant | None = None) -> None:
        """Write the state, for a watcher that comes after us; ``at`` and ``clock`` are by the clock of the states."""
        try:
            self._digests = self._digests or digests_of(rules)
            save(self.state, rules, memory, at=at, digests=self._digests, clock=clock)
            self._saved, self._carried_out = at, memory.done
        except OSError as error:
            self._complain(error)

    def write(self, kind: str, data: dict[str, object], *, at: float) -> bool:
        """Write one line of the decision log; says whether it is there."""
        try:
            self._log.append(kind, data, at=at)
        except OSError as error:
            self._complain(error)
            return False
        return True

    def forget(self) -> None:
        """Remove the state of a watch that has come to its decision: the next one begins anew."""
        self.state.unlink(missing_ok=True)

    def close(self) -> None:
        """Close the log."""
        self._log.close()

    def _complain(self, error: OSError) -> None:
        if not self._complained:
            self._complained = True
            self._say(f"the watch cannot be written down ({error.strerror}); it goes on all the same")


def _missed(number: int) -> str:
    return f"{number} readings were missed: the machine or a source is too slow or stood still, or the clock was set on"


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
