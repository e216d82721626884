"""What was expected at one time beside what came: each difference with the readings before it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rollback_gov.model.duration import Duration
from rollback_gov.model.finding import Place
from rollback_gov.model.number import format_number
from rollback_gov.model.observation import Value
from rollback_gov.model.trigger_tests import Expectation, ExpectedDecision
from rollback_gov.triggers.condition import VALUE
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.narrative import BLIND_AFTER, progress
from rollback_gov.triggers.simulation import since_begin
from rollback_gov.triggers.state import State, Status
from rollback_gov.triggers.tick import Rules, Tick

READINGS_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One reading of a trigger: when (after the beginning), what, the verdict with its reason, and the state after."""

    trigger: str
    at: Duration
    value: str
    verdict: str
    reason: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that was expected and did not come, with the readings before it, the newest last."""

    at: Duration
    what: str
    expected: str
    got: str
    place: Place
    readings: tuple[Seen, ...] = ()


def state_word(state: State) -> str:
    """Give a state as case files name it: ``fired``, ``blind``, ``low-traffic``, ``pending`` or ``idle``.

    The first that is true.
    """
    if state.status is Status.FIRED:
        return "fired"
    if state.unknowns >= BLIND_AFTER:
        return "blind"
    return "low-traffic" if state.low_traffic >= BLIND_AFTER else state.status.value


@dataclass(frozen=True, slots=True)
class Look:
    """One expectation, beside the ticks up to its time."""

    expectation: Expectation
    place: Place
    ticks: Sequence[Tick]
    rules: Rules

    def mismatches(self) -> Iterator[Mismatch]:
        """Give what differs."""
        last = self.ticks[-1]
        for name, word in (self.expectation.triggers or {}).items():
            got = state_word(last.states[name])
            if got != word:
                said = progress(self.rules.trigger(name), last.states[name], self.rules).removeprefix(f"{name} ")
                yield self._mismatch(name, word, got if got in said.lower() else f"{got} ({said})", (name,))
        if self.expectation.decision is not None:
            yield from self._decision(self.expectation.decision, last.decision)
        if self.expectation.nothing:
            yield from self._nothing()

    def _decision(self, expected: ExpectedDecision, got: Decision | None) -> Iterator[Mismatch]:
        wanted, found = _facts(expected), _found(got)
        if any(found.get(key) != value for key, value in wanted.items()):
            chosen = {key: value for key, value in found.items() if key in wanted or key in ("action", "band")}
            yield self._mismatch("decision", _told(wanted), _told(chosen), got.triggers if got else self._moved())

    def _moved(self) -> tuple[str, ...]:
        """Give the triggers that are somewhere between nothing and a decision."""
        return tuple(name for name, state in self.ticks[-1].states.items() if state_word(state) != "idle")

    def _nothing(self) -> Iterator[Mismatch]:
        for tick in self.ticks:
            names = tuple(name for name, state in tick.states.items() if state.status is Status.FIRED)
            if names or tick.decision:
                happened = f"{', '.join(names)} fired at {Duration(since_begin(tick.at))}"
                told = f", decision {_told(_found(tick.decision))}" if tick.decision else ""
                yield self._mismatch("nothing", "nothing fired or decided", happened + told, names)
                return

    def _mismatch(self, what: str, expected: str, got: str, names: Sequence[str]) -> Mismatch:
        readings = tuple(seen for name in names for seen in self._readings(name))
        return Mismatch(
            at=self.expectation.at, what=what, expected=expected, got=got, place=self.place, readings=readings
        )

    def _readings(self, name: str) -> list[Seen]:
        """Give the last readings of a trigger; of one that has fired, those that led to it."""
        trigger = self.rules.trigger(name)
        entries = [
            (tick.at, entry)
            for tick in self.ticks
            for entry in tick.entries
            if entry.trigger == name and entry.before.status is not Status.FIRED
        ]
        return [
            Seen(
                trigger=name,
                at=Duration(since_begin(at)),
                value=format_number(seen.number) if isinstance(seen := entry.readings[VALUE], Value) else "-",
                verdict=entry.judgement.verdict.value,
                reason=entry.judgement.reason,
                state=progress(trigger, entry.after, self.rules).removeprefix(f"{name} "),
            )
            for at, entry in entries[-READINGS_SHOWN:]
        ]


def _facts(expected: ExpectedDecision) -> dict[str, str]:
    """Give what an expectation says about a decision, as text by key."""
    said: dict[str, object] = {
        "action": expected.action,
        "band": expected.band,
        "scenario": expected.scenario,
        "deadline": expected.deadline,
        "triggers": ", ".join(sorted(expected.triggers)) or None,
        "conduct": expected.conduct,
    }
    return {key: str(value) for key, value in said.items() if value is not None}


def _found(decision: Decision | None) -> dict[str, str]:
    """Give a decision in the same form."""
    if decision is None:
        return {"action": "none"}
    deadline = decision.deadline
    return {
        "action": decision.action,
        "band": str(decision.band),
        "scenario": decision.scenario,
        "deadline": str(Duration(since_begin(deadline))) if deadline is not None else "none",
        "triggers": ", ".join(sorted(decision.triggers)),
        "conduct": decision.conduct.value,
    }


def _told(facts: Mapping[str, str]) -> str:
    action, *more = [value if key == "action" else f"{key} {value or 'none'}" for key, value in facts.items()]
    return f"{action} ({', '.join(more)})" if more else action
