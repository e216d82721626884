"""The proof of one trigger: series that must fire it and series that must not, through the machine of the watch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import ceil

from rollback_gov.model.duration import Duration
from rollback_gov.model.observation import Error, NoData, Observation, Value
from rollback_gov.model.trigger import Trigger
from rollback_gov.triggers.condition import queries
from rollback_gov.triggers.explain import explain
from rollback_gov.triggers.machine import ConsecutiveMachine, WindowMachine, interval, machine_of
from rollback_gov.triggers.proof.construct import Samples, assumed, construct, dead
from rollback_gov.triggers.simulation import BEGIN, simulate
from rollback_gov.triggers.state import Status
from rollback_gov.triggers.tick import Rules

MOST_READINGS = 20_000
"""That a proof takes: a day and a half at an interval of five seconds."""
MOST_COUNTED = 2_000
"""The same, where each reading is held against all others of a window."""
Readings = Mapping[str, Observation]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """A series that was played: what it is (``fires``, ``dead``, ``fine``, ``almost``, ``blind``), and what came of it.

    ``fired_after`` is how long after the first reading it fired, None where it did not.
    """

    kind: str
    series: str
    reason: str
    readings: int
    fired_after: Duration | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerProof:
    """What was shown of a trigger. ``problem`` says why it is not proved."""

    trigger: str
    sentence: str
    played: tuple[Played, ...] = ()
    problem: str = ""


def prove(trigger: Trigger, every: Duration) -> TriggerProof:
    """Show that a trigger fires when it must, and that it does not when it must not; or say what keeps it from it."""
    sentence = explain(trigger, every)
    played: list[Played] = []
    for one in _plays(trigger, every):
        if isinstance(one, str):
            return TriggerProof(trigger=trigger.id, sentence=sentence, played=tuple(played), problem=one)
        played.append(one)
    return TriggerProof(trigger=trigger.id, sentence=sentence, played=tuple(played))


def _plays(trigger: Trigger, every: Duration) -> Iterator[Played | str]:
    """Play one series after the other; a sentence ends the proof."""
    made, needed = construct(trigger), _needed(trigger, every)
    if made.breach is None or made.fine is None:
        yield made.problem
        return
    if needed > (MOST_COUNTED if trigger.window else MOST_READINGS):
        yield f"it takes {needed} readings until it fires, more than anybody shows"
        return
    stage = _Stage(trigger, every)
    breach, fine = made.breach, made.fine
    fires = stage.play("fires", breach.text, lambda _: breach.readings, needed)
    yield fires if fires.fired_after is not None else _why_not(trigger, every, needed)
    grave = dead(trigger)
    if grave is not None:
        yield stage.play("dead", "no data, alive 0, control 1", lambda _: grave, needed)
    for quiet in _quiet(stage, breach, fine, needed):
        yield quiet if quiet.fired_after is None else f"it fires although it must not: {quiet.series}"


def _quiet(stage: _Stage, breach: Samples, fine: Samples, needed: int) -> Iterator[Played]:
    """Play what must not fire: all fine, a breach that ends just before, and a monitoring that fails."""
    yield stage.play("fine", fine.text, lambda _: fine.readings, 2 * needed + 1)
    if needed > 1:
        pause = stage.pause
        text = f"{needed - 1} times {breach.text}, then {fine.text}, over and over"
        turn = needed - 1 + pause
        yield stage.play("almost", text, lambda n: (breach if n % turn < needed - 1 else fine).readings, 3 * turn)
    fails = tuple(
        dict.fromkeys(queries(stage.trigger), seen) for seen in (Error("the source fails"), NoData("no sample"))
    )
    before = f"{needed - 1} times {breach.text}, then " if needed > 1 else ""
    text = f"{before}the source fails or has no sample"
    yield stage.play("blind", text, lambda n: breach.readings if n < needed - 1 else fails[n % 2], 3 * needed + 3)


@dataclass(frozen=True, slots=True)
class _Stage:
    """Where one trigger is watched alone. Every reading is a new sample."""

    trigger: Trigger
    every: Duration

    @property
    def pause(self) -> int:
        """How many fine readings make it forget breaches: one, or as many as its window is long."""
        step = interval(self.trigger, self.every).milliseconds
        return ceil(self.trigger.window.milliseconds / step) if self.trigger.window else 1

    def play(self, kind: str, series: str, readings: Callable[[int], Readings], count: int) -> Played:
        """Play so many readings; a trigger that has fired needs no more."""
        step = interval(self.trigger, self.every).milliseconds
        rules = Rules(triggers=(self.trigger,), every=self.every, mode="observe", baseline=assumed(self.trigger))

        def read(_: Trigger, at: int) -> Readings:
            return {role: _sampled(seen, at) for role, seen in readings(at // step).items()}

        taken, fired, reason = 0, None, ""
        for tick in simulate(rules, read, (count - 1) * step):
            taken += 1
            reason = tick.entries[0].judgement.reason
            if tick.states[self.trigger.id].status is Status.FIRED:
                fired = Duration(round(tick.at * 1000) - BEGIN)
                break
        return Played(kind=kind, series=series, reason=reason, readings=taken, fired_after=fired)


def _sampled(seen: Observation, at: int) -> Observation:
    return replace(seen, sample=(BEGIN + at) / 1000) if isinstance(seen, Value) else seen


def _needed(trigger: Trigger, every: Duration) -> int:
    """Say how many breaching readings in a row fire a trigger, if anything does."""
    machine = machine_of(trigger, every)
    if isinstance(machine, ConsecutiveMachine):
        return machine.count
    if isinstance(machine, WindowMachine):
        return machine.more_than + 1
    return ceil(machine.holds / machine.every) + 1


def _why_not(trigger: Trigger, every: Duration, needed: int) -> str:
    """Say why a breach that never ends does not fire."""
    step = interval(trigger, every)
    if isinstance(machine_of(trigger, every), WindowMachine):
        return f"it can never fire: within {trigger.window} there are fewer than {needed} readings, one every {step}"
    if trigger.max_gap is not None and trigger.max_gap < step:
        return f"it can never fire: it starts anew after {trigger.max_gap} without a reading, and is read every {step}"
    return f"it did not fire at {needed} breaching readings in a row"
