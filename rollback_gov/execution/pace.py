"""A run against time: budgets, the SLA, the run's own timeout, the escalation ladder, and contacts with a time."""

from __future__ import annotations

from rollback_gov.execution.contacts import contacts_of
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.named_questions import TIME_IS_OVER
from rollback_gov.execution.question import YES_AND_NO, Asked
from rollback_gov.execution.sla import Stopwatch, human
from rollback_gov.execution.state import RunState
from rollback_gov.execution.waiting import choose
from rollback_gov.model.people import Contact, Escalation
from rollback_gov.model.plan import Timeout

_TICK_SECONDS = 0.5
"""Between two looks at the clock while a step runs."""
TIMEOUT = "timeout"
"""The signal with which the run's own timeout stops a step."""


class Pace:
    """Looks at the clock, between two instructions and while one goes on, and writes down what it means, once each."""

    def __init__(self, context: Context, journal: Journal, state: RunState) -> None:
        self.context = context
        self.journal = journal
        self.state = state
        self.sla_seconds: float = state.started["sla_seconds"]
        self.watch = Stopwatch.of(journal.events, context.clock)
        self.timed_out = False
        self._ticked = context.clock.monotonic()
        self._contacts = contacts_of(context.plan, context.environment)

    def look(self) -> None:
        """Note a breach of the SLA, climb the ladder, and see whether the run's own timeout is over."""
        elapsed = self.watch.elapsed
        self._note(elapsed)
        timeout = self._timeout
        if timeout is not None and elapsed > timeout.after.seconds and (TIMEOUT, 0) not in self.state.escalated:
            self._time_is_over(elapsed, str(timeout.after))
            asks = timeout.then == "ask"
            self.timed_out = timeout.then == "stop" or (asks and not self._shall_go_on(str(timeout.after)))

    @property
    def _timeout(self) -> Timeout | None:
        """The run's own timeout. It ends with the verification: what is rolled back does not fail later."""
        return None if self.state.verified else self.context.plan.timeout

    def _shall_go_on(self, after: str) -> bool:
        """Ask whoever is there. A late rollback does not become later by waiting for somebody who is not."""
        question = f"The run has taken longer than its timeout of {after}. Go on?"
        asked = Asked(path=TIME_IS_OVER, ask=question, choices=("yes", "no"))
        said = choose(self.context, self.journal.append, asked, f"{question} (yes/no)", YES_AND_NO)
        return said is None or said.decision != "no"

    def tick(self) -> None:
        """Do the same while a step, a gate or a pause goes on, twice a second at most.

        Nobody is asked in the middle of a step: a timeout that asks waits for its end. One that stops ends the step.
        """
        now = self.context.clock.monotonic()
        if now - self._ticked < _TICK_SECONDS:
            return
        self._ticked = now
        self.context.tick()
        elapsed = self.watch.elapsed
        self._note(elapsed)
        timeout = self._timeout
        stops = timeout is not None and timeout.then == "stop" and elapsed > timeout.after.seconds
        if stops and timeout is not None and (TIMEOUT, 0) not in self.state.escalated:
            self._time_is_over(elapsed, str(timeout.after))
            self.timed_out = True
            self.context.stop.signal = self.context.stop.signal or TIMEOUT

    def let_go(self) -> None:
        """The run has ended: nothing else is to stop for its timeout."""
        if self.context.stop.signal == TIMEOUT:
            self.context.stop.signal = ""

    def entered(self, phase: str) -> None:
        """A phase begins: tell people."""
        self.context.notify("progress", {"phase": phase, "elapsed": human(self.watch.elapsed)})

    def _note(self, elapsed: float) -> None:
        if not self.state.verified:
            self.breach("total", self.sla_seconds, elapsed)
            self.climb("running", elapsed)

    def breach(self, scope: str, limit: float, seconds: float) -> None:
        """Note that ``scope`` took longer than its limit. A limit of 0 is none."""
        if not limit or seconds <= limit or scope in self.state.breached:
            return
        self.state.breached.add(scope)
        follows = self.state.started.get("breach", "") if scope == "total" else ""
        data = {"scope": scope, "limit_seconds": limit, "seconds": round(seconds, 3), "consequence": follows}
        self.journal.append("sla.breached", data)
        what = "the SLA" if scope == "total" else f"the budget of {scope}"
        leads = f"; this leads to: {follows}" if follows else ""
        self.context.console.say(f"  SLOWER than {what}: {human(seconds)} of {human(limit)}{leads}")

    def climb(self, on: str, seconds: float) -> None:
        """Take every rung of the ladder (``running`` or ``failed``) whose time has come, and call whose time it is."""
        for contact in self._to_call(on):
            if contact.when and contact.when.after and seconds >= contact.when.after.seconds:
                self._call(contact, on, seconds)
        for rung in self.context.plan.escalation:
            if rung.on == on and seconds >= rung.after.seconds and (on, rung.level) not in self.state.escalated:
                self.state.escalated.add((on, rung.level))
                self._escalate(rung, seconds)

    def to_come(self, on: str) -> list[float]:
        """The times of the rungs that were not taken yet, and of people who were not called yet, in seconds."""
        people = [contact.when.after for contact in self._to_call(on) if contact.when and contact.when.after]
        return sorted(wait.seconds for wait in (*people, *(rung.after for rung in self.rungs_to_come(on))))

    def rungs_to_come(self, on: str) -> list[Escalation]:
        """The rungs that were not taken yet, by their time."""
        rungs = (rung for rung in self.context.plan.escalation if rung.on == on)
        left = (rung for rung in rungs if (on, rung.level) not in self.state.escalated)
        return sorted(left, key=lambda rung: rung.after.milliseconds)

    def climb_one(self) -> bool:
        """Take the next rung for a running rollback before its time; False when there is none left."""
        for rung in self.context.plan.escalation:
            if rung.on == "running" and ("running", rung.level) not in self.state.escalated:
                self.state.escalated.add(("running", rung.level))
                self._escalate(rung, self.watch.elapsed)
                return True
        return False

    def _to_call(self, on: str) -> list[Contact]:
        """Contacts with a time of their own who were not called yet. A time that says nothing else counts the run."""
        timed = (contact for contact in self._contacts if contact.when and contact.when.after)
        due = (contact for contact in timed if contact.when and (contact.when.while_ or "running") == on)
        return [contact for contact in due if contact.role not in self.state.called]

    def _call(self, contact: Contact, on: str, seconds: float) -> None:
        """Somebody's time has come: whoever reads this calls them; a channel that they name hears of it itself."""
        self.state.called.add(contact.role)
        text = f"Call {contact.role}: {contact.reach}"
        data = {"level": 0, "on": on, "after_seconds": round(seconds, 3), "actions": [text], "notify": []}
        self.journal.append("escalated", {**data, "contact": contact.role})
        self.context.console.say(f"  CALL {contact.role}: {contact.reach}")
        self.context.notify("escalated", {"text": text, "reach": contact.reach})

    def _escalate(self, rung: Escalation, seconds: float) -> None:
        data = {"level": rung.level, "on": rung.on, "after_seconds": round(seconds, 3)}
        self.journal.append("escalated", {**data, "actions": list(rung.actions), "notify": list(rung.notify)})
        self.context.console.say(f"  ESCALATION level {rung.level}{f' ({rung.name})' if rung.name else ''}:")
        for action in rung.actions:
            self.context.console.say(f"    - {action}")
        fields = {"text": "; ".join(rung.actions), "level": str(rung.level), "channels": ",".join(rung.notify)}
        self.context.notify("escalated", fields)

    def _time_is_over(self, elapsed: float, after: str) -> None:
        self.state.escalated.add((TIMEOUT, 0))
        data = {"level": 0, "on": TIMEOUT, "after_seconds": round(elapsed, 3), "actions": [], "notify": []}
        self.journal.append("escalated", data)
        message = f"the run has taken longer than its timeout of {after}"
        self.context.console.say(f"  {message}")
        self.context.notify("escalated", {"text": message})
