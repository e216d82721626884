"""Carrying a decision out once nothing stands in its way any more, and saying what came of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.triggers.decision import Decision
from rollback_gov.triggers.firing import reason_of
from rollback_gov.triggers.gates import Gate, Ruling, gates_data
from rollback_gov.triggers.lease import Lease, Lost, Unreachable
from rollback_gov.triggers.log import decision_data
from rollback_gov.triggers.terms import End, Execute, Person, Terms
from rollback_gov.triggers.tick import Rules, Tick

OURSELVES = "rollback-gov watch"
_RESULTS = {ExitCode.PASSED: "passed", ExitCode.ROLLBACK_FAILED: "failed", ExitCode.INTERRUPTED: "interrupted"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be run: the decision at its tick, in whose name, and what the gates said. Without a lease only when
    nobody could have one."""

    decision: Decision
    tick: Tick
    by: str
    gates: tuple[Gate, ...]
    ruling: Ruling
    lease: Lease | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Everything with which a watch acts. ``by_hand`` gives the command with which a person does the same."""

    rules: Rules
    what: str
    """Names the rollback, such as ``op-7 in production``."""
    person: str
    console: Person
    execute: Execute
    by_hand: Callable[[Decision], str]
    page: Callable[[Decision, str], None]
    """Calls people, in the background."""
    write: Callable[[str, dict[str, object]], None]
    """Writes a line of the decision log."""
    stopped: Callable[[], bool]
    unfinished: Callable[[], str]
    """Names a run of this operation that has begun and not ended; empty when there is none."""
    damage: Callable[[str], tuple[str, ...]]
    """Says what is wrong with the journal of such a run, and what helps; nothing where one can go on with it."""

    def begin(self, order: Order, *, dead_run: str, where: str) -> End | None:
        """Run what was decided, unless a run of the operation has begun and not ended: that one, or one that is seen.

        What runs twice could destroy, so a person decides then.
        """
        run = self.unfinished() or dead_run
        if not run:
            return self.run(order)
        again = " ".join(self.damage(run)) or f"To go on with it{where}: rollback-gov resume {run}"
        self.console.say(f"The run {run}{where} has begun and has not ended. {again}")
        if self.console.interactive and self.says_yes(
            f"{verb(order.decision)} {self.what} from the beginning all the same?"
        ):
            return self.run(order)
        _settle(order.lease, "refused")
        detail = f"the run {run} has not ended"
        self.note(order.decision, "refused", by=self.person, detail=detail)
        self.page(order.decision, f"{order.decision.action} is called for, and {detail}. {again}")
        return end(order.decision, f"a rollback is called for, and the run {run} has not ended")

    def run(self, order: Order) -> End | None:
        """Run it. What ``execute`` raises is said and recorded; of a mitigation, it does not end the watch."""
        decision, token = order.decision, order.lease.token if order.lease else 0
        self.note(decision, "started", by=order.by, detail=order.ruling.why, token=token)
        try:
            code = self._executed(order)
        except RollbackGovError as error:
            return self._stuck(order, error)
        result = _RESULTS.get(ExitCode(code), "refused")
        _settle(order.lease, result)
        self.note(decision, result, by=order.by, token=token)
        return End(code, f"rolled back: {result}") if decision.action == "rollback" else None

    def _executed(self, order: Order) -> int:
        decision, lease = order.decision, order.lease
        said = "; ".join(gate.text for gate in order.gates)
        reason = reason_of(decision, order.tick, self.rules, decided_by=order.by, gates=said)
        if lease is None:
            terms = Terms(doubts=order.ruling.doubts, asked=True)
            return self.execute(reason, scenario=decision.scenario, terms=terms)
        lease.fence()  # a person may have thought about it for long
        terms = Terms(doubts=order.ruling.doubts, asked=True, fence=lease.fence, begun=lease.begin)
        return self.execute(reason, scenario=decision.scenario, terms=terms)

    def _stuck(self, order: Order, error: RollbackGovError) -> End | None:
        """What was to run could not begin, or has to wait: say why and what to do, as the error does."""
        decision, stopped = order.decision, isinstance(error, Interrupted)
        result = "interrupted" if stopped else "lost" if isinstance(error, Lost) else "refused"
        _settle(order.lease, result)
        self.note(decision, result, by=order.by, detail=str(error), token=order.lease.token if order.lease else 0)
        reasons = error.reasons if isinstance(error, Refused) else ()
        for line in filter(None, (str(error), *(f"  - {reason}" for reason in reasons), error.hint)):
            self.console.say(line)
        if stopped:
            return End(ExitCode.INTERRUPTED, f"the {decision.action} was interrupted")
        self.page(decision, f"the {decision.action} could not begin: {error}")
        return end(decision, f"the rollback could not begin: {error}")

    def says_yes(self, question: str) -> bool:
        """Ask at the terminal until somebody answers, or wants the watch to stop."""
        while self.console.interactive and not self.stopped():
            answer = self.console.ask(f"{question} yes/no", 0.5)
            if answer is not None:
                return answer.strip().lower() in ("y", "yes")
        return False

    def call(self, decision: Decision, text: str) -> None:
        """Tell people at the terminal and elsewhere, with the command that does it."""
        by_hand = f"To do it: {self.by_hand(decision)}"
        self.console.say(by_hand)
        self.page(decision, f"{text}. {by_hand}")

    def note_gates(self, decision: Decision, gates: Sequence[Gate], ruling: Ruling) -> None:
        """Write down what every gate said and what follows; say what stands in the way."""
        self.write("gates", gates_data(decision_data(decision), gates, ruling))
        for gate in gates:
            if not gate.is_open:
                self.console.say(f"gate {gate.text}")

    def note(self, decision: Decision, outcome: str, *, by: str, detail: str = "", token: int = 0) -> None:
        """Write down what was done about a decision."""
        data = {**decision_data(decision), "outcome": outcome, "by": by, "detail": detail, "token": token}
        self.write("acted", data)


def end(decision: Decision, text: str) -> End | None:
    """A mitigation that is not run leaves the watch going; a rollback ends it."""
    return End(ExitCode.FINDINGS, text) if decision.action == "rollback" else None


def verb(decision: Decision) -> str:
    """Say in a question what would be done."""
    return "Roll back" if decision.action == "rollback" else f"Run the scenario {decision.scenario} of"


def _settle(lease: Lease | None, result: str) -> None:
    """Write down what came of it. Whoever has taken over writes the lease now; a store that is away says nothing."""
    if lease is not None:
        try:
            lease.settle(result)
        except (Lost, Unreachable):
            return
