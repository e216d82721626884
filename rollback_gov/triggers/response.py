"""What a decision has to pass before it is carried out: its gates, and of all who would do it, one. Each once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.triggers.carrying_out import OURSELVES, Hands, Order, end, verb
from rollback_gov.triggers.decision import Conduct, Decision
from rollback_gov.triggers.gates import LEASE, Course, Gate, Outcome, Ruling, baseline_gate, rule
from rollback_gov.triggers.holder import Holder
from rollback_gov.triggers.lease import ROLLBACK, Lease, Leases, Unreachable
from rollback_gov.triggers.line import stamp
from rollback_gov.triggers.look import Look
from rollback_gov.triggers.terms import End
from rollback_gov.triggers.tick import Tick

UNREACHABLE_SECONDS = 60.0
"""For so long a lease that cannot be reached is tried at every tick; then people are asked."""


@dataclass(slots=True, kw_only=True)
class Responder:
    """Responds to decisions. ``done`` names those that were carried out already.

    ``gates`` asks what has to be asked before something is run, in order; ``steady`` gives seconds that only grow.
    """

    hands: Hands
    leases: Leases
    gates: Callable[[Decision, Tick], Sequence[Gate]]
    steady: Callable[[], float]
    done: frozenset[str] = field(default_factory=frozenset)
    _held: dict[str, Lease] = field(default_factory=dict)
    _beside: str = ""
    """The decision that another carries out while we look on."""
    _on_hold: str = ""
    """The decision that waits for a baseline that is fine."""
    _unreachable: float | None = None
    _look: Look = field(init=False)

    def __post_init__(self) -> None:
        self._look = Look(self._lease(ROLLBACK), self.steady)

    def respond(self, tick: Tick) -> End | None:
        """Carry out a tick's decision if it is a new one. Gives how the watch ends, if it ends by it."""
        decision = tick.decision
        if decision is None or decision.key in self.done:
            return self._begun_elsewhere()
        if not decision.runs:
            return self._tell(decision)
        if self._beside == decision.key and (hands := self._good_hands(decision)) is not None:
            return self._beside_another(decision, hands.holder)
        if self._on_hold == decision.key and self._is_bad_still(decision, tick):
            return None
        return self._decide(decision, tick)

    def begin(self, done: frozenset[str], *, again: bool) -> str:
        """Begin with the decisions that an earlier watcher carried out. Says what came of a rollback before, if any.

        ``again``: the operation was deployed anew, so the leases of what is over are freed. Raises Unreachable.
        """
        self.done = done
        if not again:
            return ""
        for index, band in enumerate(self.hands.rules.bands):
            if band.action in ("mitigate", "prepare"):
                self._lease(f"{band.action}-{index}").set_aside()
        return self._lease(ROLLBACK).set_aside()

    def lease(self, decision: Decision) -> Lease:
        """Give the lease of a decision: of every rollback the same one."""
        return self._lease(ROLLBACK if decision.action == ROLLBACK else decision.key.replace(":", "-"))

    def _lease(self, name: str) -> Lease:
        return self._held.setdefault(name, Lease(self.leases, name, steady=self.steady))

    def _decide(self, decision: Decision, tick: Tick) -> End | None:
        gates = tuple(self.gates(decision, tick))
        ruling = rule(decision, gates)
        if ruling.course is not Course.GO:
            self.hands.note_gates(decision, gates, ruling)
            return self._not_now(decision, ruling)
        if ruling.conduct is Conduct.ASK and not self.hands.console.interactive:
            self.hands.note_gates(decision, gates, ruling)
            self.hands.console.say("There is no terminal to ask on.")
            return self._tell(decision)
        if ruling.conduct is Conduct.ASK and not self.hands.says_yes(f"{verb(decision)} {self.hands.what} now?"):
            self.hands.note_gates(decision, gates, ruling)
            self.hands.note(decision, "refused", by=self.hands.person)
            return self._over(decision, f"{self.hands.person} refused the rollback")
        return self._take(decision, tick, gates)

    def _take(self, decision: Decision, tick: Tick, gates: tuple[Gate, ...]) -> End | None:
        """The last gate: of all who would run it, one has the lease."""
        lease = self.lease(decision)
        by = self.hands.person if decision.conduct is Conduct.ASK else OURSELVES
        try:
            holder, dead = lease.take(at=stamp(tick.at), reason=decision.reason, by=by)
        except Unreachable as error:
            return self._without_lease(decision, tick, (*gates, Gate(LEASE, Outcome.UNKNOWN, str(error))))
        self._unreachable = None
        if holder is not None:
            gates = (*gates, Gate(LEASE, Outcome.FAILED, _elsewhere(holder)))
            self.hands.note_gates(decision, gates, rule(decision, gates))
            return self._beside_another(decision, holder)
        gates = (*gates, Gate(LEASE, Outcome.PASSED, f"token {lease.token}"))
        ruling = rule(decision, gates)
        self.hands.note_gates(decision, gates, ruling)
        self.done |= {decision.key}
        order = Order(decision=decision, tick=tick, by=by, gates=gates, ruling=ruling, lease=lease)
        with lease.beating():
            where = f" on {dead.host}" if dead and not dead.is_near else ""
            return self.hands.begin(order, dead_run=dead.run if dead else "", where=where)

    def _without_lease(self, decision: Decision, tick: Tick, gates: tuple[Gate, ...]) -> End | None:
        """Nobody knows whether another has begun: try again at the next tick, and after a while ask people."""
        now, ruling = self.steady(), rule(decision, gates)
        if self._unreachable is None:
            self._unreachable = now
            self.hands.note_gates(decision, gates, ruling)
            self.hands.call(decision, f"{decision.action} is called for, and the {gates[-1].text}")
        if now - self._unreachable < UNREACHABLE_SECONDS:
            return None
        self.done |= {decision.key}
        order = Order(decision=decision, tick=tick, by=OURSELVES, gates=gates, ruling=ruling, lease=None)
        return self.hands.begin(order, dead_run="", where="")

    def _not_now(self, decision: Decision, ruling: Ruling) -> End | None:
        """Nothing is run: it is only told, there is no way back, or it is not this operation's any more."""
        if ruling.course is Course.TELL:
            return self._tell(decision)
        course = ruling.course.value
        self.hands.note(decision, course, by=OURSELVES, detail=ruling.why)
        self.hands.call(decision, f"{decision.action} is called for and not run ({course}): {ruling.why}")
        if ruling.course is Course.HOLD:
            self._on_hold = decision.key
            return None
        return self._over(decision, f"a rollback is called for, and {course}: {ruling.why}")

    def _tell(self, decision: Decision) -> End | None:
        self.hands.note(decision, "told", by=OURSELVES)
        if decision.runs:
            self.hands.call(decision, f"{decision.action} is called for: {decision.reason}")
        elif decision.action in ("investigate", "page"):
            self.hands.page(decision, f"{decision.action}: {decision.reason}")
        return self._over(decision, "a rollback is called for; it was only told")

    def _over(self, decision: Decision, text: str) -> End | None:
        self.done |= {decision.key}
        return end(decision, text)

    def _beside_another(self, decision: Decision, holder: Holder | None) -> End | None:
        """Another has the lease. While that one is at it we look on: if it dies, it is ours to do."""
        if holder is None:
            return None
        if self._beside != decision.key:
            self._beside = decision.key
            self.hands.note(decision, "corroborated", by=OURSELVES, detail=_elsewhere(holder))
        return self._over(decision, _elsewhere(holder)) if holder.result else None

    def _good_hands(self, decision: Decision) -> _Other | None:
        """Who carries it out, or has done so; None when nobody does. Who cannot be seen is not taken for dead."""
        lease = self.lease(decision)
        try:
            holder = lease.holder()
        except Unreachable:
            return _Other(None)
        return _Other(holder) if holder is not None and (holder.result or lease.is_alive(holder)) else None

    def _is_bad_still(self, decision: Decision, tick: Tick) -> bool:
        """The other side of the comparison is bad, or was not read in this tick."""
        read = {entry.trigger for entry in tick.entries}
        unread = not read & set(decision.triggers)
        return unread or baseline_gate(decision, tick, self.hands.rules).outcome is Outcome.FAILED

    def _begun_elsewhere(self) -> End | None:
        """Stop watching when the rollback of this operation is over, whoever did it. Looks now and then."""
        holder = self._look.holder(every=self.leases.look_seconds)
        return End(ExitCode.FINDINGS, _elsewhere(holder)) if holder and holder.result else None


@dataclass(frozen=True, slots=True)
class _Other:
    """Another is at it; None: it cannot be seen now."""

    holder: Holder | None


def _elsewhere(holder: Holder) -> str:
    who = f" for {holder.by}" if holder.by and holder.by != OURSELVES else ""
    came = f", and it {holder.result}" if holder.result else ""
    return f"the rollback was begun at {holder.at} by process {holder.pid} on {holder.host}{who}{came}"
