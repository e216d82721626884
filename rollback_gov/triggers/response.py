"""Doing what a decision says: tell it, ask a person, or run it. Each decision once, and one rollback an operation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from rollback_gov.model.errors import Interrupted, Refused, RollbackGovError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.reason import RollbackReason
from rollback_gov.triggers.decision import Conduct, Decision
from rollback_gov.triggers.firing import reason_of
from rollback_gov.triggers.lease import Holder, Lease
from rollback_gov.triggers.line import stamp
from rollback_gov.triggers.log import decision_data
from rollback_gov.triggers.tick import Rules, Tick

OURSELVES = "rollback-gov watch"
_RESULTS = {ExitCode.PASSED: "passed", ExitCode.ROLLBACK_FAILED: "failed", ExitCode.INTERRUPTED: "interrupted"}


class Execute(Protocol):
    """Runs the rollback, or a scenario of the plan where one is named."""

    def __call__(self, reason: RollbackReason, *, scenario: str) -> int:
        """Give the exit code: 0 passed, 5 failed. Raises RollbackGovError when the rollback cannot begin or waits."""
        ...


class Person(Protocol):
    """Who can be told and asked."""

    @property
    def interactive(self) -> bool:
        """Somebody can be asked."""
        ...

    def say(self, text: str) -> None:
        """Print one line."""
        ...

    def ask(self, question: str, seconds: float) -> str | None:
        """Ask, and wait at most that long; None when nobody answered yet."""
        ...


@dataclass(frozen=True, slots=True)
class End:
    """The watch has come to its decision: the exit code, and a sentence."""

    exit_code: int
    text: str


@dataclass(slots=True, kw_only=True)
class Responder:
    """Responds to decisions. ``by_hand`` gives the command with which a person does the same.

    ``done`` names the decisions that were carried out already.
    """

    rules: Rules
    folder: Path
    what: str
    """Names the rollback, such as ``op-7 in production``."""
    person: str
    console: Person
    execute: Execute
    by_hand: Callable[[Decision], str]
    write: Callable[[str, dict[str, object]], None]
    """Writes a line of the decision log."""
    stopped: Callable[[], bool]
    unfinished: Callable[[], str]
    """Names a run of this operation that has begun and not ended; empty when there is none."""
    done: frozenset[str] = field(default_factory=frozenset)

    def respond(self, tick: Tick) -> End | None:
        """Carry out a tick's decision if it is a new one. Gives how the watch ends, if it ends by it.

        What ``execute`` raises is said and recorded; of a mitigation, it does not end the watch.
        """
        decision = tick.decision
        if decision is None or decision.key in self.done:
            return self._begun_elsewhere()
        self.done |= {decision.key}
        if decision.conduct is Conduct.TELL:
            return self._tell(decision)
        if decision.conduct is Conduct.ASK:
            return self._ask(decision, tick, f"{_verb(decision)} {self.what} now?")
        return self._act(decision, tick, OURSELVES)

    def begin(self, done: frozenset[str]) -> bool:
        """Begin with the decisions that an earlier watcher carried out. Says whether a rollback was over before."""
        self.done = done
        for path in self.folder.glob("*-*.lease"):
            Lease(path).set_aside()
        return self.lease().set_aside()

    def lease(self, decision: Decision | None = None) -> Lease:
        """Give the lease of a decision; without one, that of the rollback."""
        name = "rollback" if decision is None or decision.action == "rollback" else decision.key.replace(":", "-")
        return Lease(self.folder / f"{name}.lease")

    def _tell(self, decision: Decision) -> End | None:
        self._note(decision, "told", by=OURSELVES)
        if decision.conduct is Conduct.TELL and decision.action not in ("rollback", "mitigate"):
            return None
        self.console.say(f"To do it: {self.by_hand(decision)}")
        return self._end(decision, "a rollback is called for; it was only told")

    def _ask(self, decision: Decision, tick: Tick, question: str) -> End | None:
        if not self.console.interactive:
            self.console.say("There is no terminal to ask on.")
            return self._tell(decision)
        if self._says_yes(question):
            return self._act(decision, tick, self.person)
        self._note(decision, "refused", by=self.person)
        return self._end(decision, f"{self.person} refused the rollback")

    def _says_yes(self, question: str) -> bool:
        while self.console.interactive and not self.stopped():
            answer = self.console.ask(f"{question} yes/no", 0.5)
            if answer is not None:
                return answer.strip().lower() in ("y", "yes")
        return False

    def _act(self, decision: Decision, tick: Tick, by: str) -> End | None:
        lease = self.lease(decision)
        holder = lease.take(at=stamp(tick.at), reason=decision.reason)
        if holder is not None and (holder.result or holder.is_alive):
            self._note(decision, "corroborated", by=by)
            return self._end(decision, _elsewhere(holder))
        if holder is not None:
            lease.take_over(at=stamp(tick.at), reason=decision.reason)
        run = self.unfinished()
        return self._beside(run, decision, tick, lease) if run else self._run(decision, tick, by, lease)

    def _beside(self, run: str, decision: Decision, tick: Tick, lease: Lease) -> End | None:
        """A run of this operation has begun and not ended. What runs twice could destroy, so a person decides."""
        self.console.say(f"The run {run} has begun and has not ended. To go on with it: rollback-gov resume {run}")
        question = f"{_verb(decision)} {self.what} from the beginning all the same?"
        if self.console.interactive and self._says_yes(question):
            return self._run(decision, tick, self.person, lease)
        lease.settle("refused")
        self._note(decision, "refused", by=self.person, detail=f"the run {run} has not ended")
        return self._end(decision, f"a rollback is called for, and the run {run} has not ended")

    def _run(self, decision: Decision, tick: Tick, by: str, lease: Lease) -> End | None:
        self._note(decision, "started", by=by)
        try:
            code = self.execute(reason_of(decision, tick, self.rules, decided_by=by), scenario=decision.scenario)
        except RollbackGovError as error:
            return self._stuck(decision, by, lease, error)
        result = _RESULTS.get(ExitCode(code), "refused")
        lease.settle(result)
        self._note(decision, result, by=by)
        return End(code, f"rolled back: {result}") if decision.action == "rollback" else None

    def _stuck(self, decision: Decision, by: str, lease: Lease, error: RollbackGovError) -> End | None:
        """What was to run could not begin, or has to wait: say why and what to do, as the error does."""
        stopped = isinstance(error, Interrupted)
        result = "interrupted" if stopped else "refused"
        lease.settle(result)
        self._note(decision, result, by=by, detail=str(error))
        reasons = error.reasons if isinstance(error, Refused) else ()
        for line in filter(None, (str(error), *(f"  - {reason}" for reason in reasons), error.hint)):
            self.console.say(line)
        if stopped:
            return End(ExitCode.INTERRUPTED, f"the {decision.action} was interrupted")
        return self._end(decision, f"the rollback could not begin: {error}")

    def _begun_elsewhere(self) -> End | None:
        """Stop watching when another watcher of this operation has begun the rollback."""
        holder = self.lease().holder()
        return End(ExitCode.FINDINGS, _elsewhere(holder)) if holder and (holder.result or holder.is_alive) else None

    def _end(self, decision: Decision, text: str) -> End | None:
        """A mitigation that is not run leaves the watch going; a rollback ends it."""
        return End(ExitCode.FINDINGS, text) if decision.action == "rollback" else None

    def _note(self, decision: Decision, outcome: str, *, by: str, detail: str = "") -> None:
        self.write("acted", {**decision_data(decision), "outcome": outcome, "by": by, "detail": detail})


def _verb(decision: Decision) -> str:
    return "Roll back" if decision.action == "rollback" else f"Run the scenario {decision.scenario} of"


def _elsewhere(holder: Holder) -> str:
    came = f", and it {holder.result}" if holder.result else ""
    return f"the rollback was begun at {holder.at} by process {holder.pid} on {holder.host}{came}"
