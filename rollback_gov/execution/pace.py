"""A run against time: budgets, the SLA, the run's own timeout, and the escalation ladder."""

from __future__ import annotations

from rollback_gov.execution.asking import ask_yes_no
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.sla import Stopwatch, human
from rollback_gov.execution.state import RunState
from rollback_gov.model.people import Escalation


class Pace:
    """Looks at the clock between two instructions and writes down what it means, each thing once."""

    def __init__(self, context: Context, journal: Journal, state: RunState) -> None:
        self.context = context
        self.journal = journal
        self.state = state
        self.sla_seconds: float = state.started["sla_seconds"]
        self.watch = Stopwatch.since(state.started["decided_at"], context.clock)
        self.timed_out = False

    def look(self) -> None:
        """Note a breach of the SLA, climb the ladder, and see whether the run's own timeout is over."""
        elapsed = self.watch.elapsed
        if not self.state.verified:
            self.breach("total", self.sla_seconds, elapsed)
            self.climb("running", elapsed)
        timeout = self.context.plan.timeout
        if timeout is not None and elapsed > timeout.after.seconds and ("timeout", 0) not in self.state.escalated:
            self.state.escalated.add(("timeout", 0))
            self._time_is_over(elapsed, timeout.then, str(timeout.after))

    def breach(self, scope: str, limit: float, seconds: float) -> None:
        """Note that ``scope`` took longer than its limit. A limit of 0 is none."""
        if not limit or seconds <= limit or scope in self.state.breached:
            return
        self.state.breached.add(scope)
        data = {"scope": scope, "limit_seconds": limit, "seconds": round(seconds, 3)}
        self.journal.append("sla.breached", data)
        what = "the SLA" if scope == "total" else f"the budget of {scope}"
        self.context.console.say(f"  SLOWER than {what}: {human(seconds)} of {human(limit)}")

    def climb(self, on: str, seconds: float) -> None:
        """Take every rung of the ladder (``running`` or ``failed``) whose time has come."""
        for rung in self.context.plan.escalation:
            if rung.on == on and seconds >= rung.after.seconds and (on, rung.level) not in self.state.escalated:
                self.state.escalated.add((on, rung.level))
                self._escalate(rung, seconds)

    def _escalate(self, rung: Escalation, seconds: float) -> None:
        data = {"level": rung.level, "on": rung.on, "after_seconds": round(seconds, 3)}
        self.journal.append("escalated", {**data, "actions": list(rung.actions), "notify": list(rung.notify)})
        self.context.console.say(f"  ESCALATION level {rung.level}{f' ({rung.name})' if rung.name else ''}:")
        for action in rung.actions:
            self.context.console.say(f"    - {action}")
        fields = {"text": "; ".join(rung.actions), "level": str(rung.level), "channels": ",".join(rung.notify)}
        self.context.notify("escalated", fields)

    def _time_is_over(self, elapsed: float, then: str, after: str) -> None:
        data = {"level": 0, "on": "timeout", "after_seconds": round(elapsed, 3), "actions": [], "notify": []}
        self.journal.append("escalated", data)
        message = f"the run has taken longer than its timeout of {after}"
        self.context.console.say(f"  {message}")
        self.context.notify("escalated", {"text": message})
        self.timed_out = then == "stop" or (then == "ask" and ask_yes_no(self.context, f"{message}. Go on?") is False)
