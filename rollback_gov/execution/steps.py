"""Running one attempt of a step: intent first, then the action until its expectation holds, then the end."""

from __future__ import annotations

from rollback_gov.execution.actions.wait import pause
from rollback_gov.execution.attempt import Attempts, End
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.next import RunStep
from rollback_gov.execution.outcome import Outcome, Verdict
from rollback_gov.execution.probe import decide, describe
from rollback_gov.execution.process import discard
from rollback_gov.execution.task import perform
from rollback_gov.model.step import Step


class StepRunner:
    """Runs attempts of steps and writes them down."""

    def __init__(self, attempts: Attempts) -> None:
        self.attempts = attempts
        self.context = attempts.context
        self.journal = attempts.journal

    def run(self, instruction: RunStep, *, skipped: str = "") -> None:
        """Run one attempt. ``skipped`` is the reason why a person left the step out."""
        step, path = instruction.step, instruction.path
        if skipped:
            self.attempts.write(instruction, End("skipped", Outcome(), detail=skipped), began=None)
            return
        if step.when is not None and instruction.attempt == 1 and not self._is_needed(step, path):
            self.attempts.write(instruction, End("not_needed", Outcome()), began=None)
            return
        if instruction.attempt > 1 and not self._back_off(step, instruction.attempt):
            return
        if self.context.stop.requested:  # while `when` was asked: nothing has begun yet, and nothing shall
            return
        began = self.context.clock.monotonic()
        seconds = self.attempts.seconds(instruction)
        self._intend(instruction, seconds)
        end = self._tries(instruction, None if seconds is None else began + seconds)
        self.attempts.write(instruction, end, began=began)

    def _is_needed(self, step: Step, path: str) -> bool:
        """Ask ``when``. Only a clear no leaves the step out."""
        if step.when is None:
            return True
        verdict, results = decide(self.context, step.when, name="when")
        if verdict is Verdict.UNKNOWN and not self.context.stop.requested:
            message = f"{path}: `when` could not be evaluated ({describe(results)}); the step runs"
            self.journal.append("warning", {"message": message})
        return verdict is not Verdict.FAILED

    def _back_off(self, step: Step, attempt: int) -> bool:
        if step.retry is None:
            return True
        seconds = step.retry.wait.seconds * float(step.retry.factor) ** (attempt - 2)
        self.context.console.say(f"    attempt {attempt} in {seconds:g} s")
        return pause(self.context, seconds)

    def _intend(self, instruction: RunStep, seconds: float | None) -> None:
        from datetime import timedelta
        from hashlib import sha256

        step = instruction.step
        self.attempts.make_room(instruction)
        deadline = stamp(self.context.clock.now() + timedelta(seconds=seconds)) if seconds is not None else ""
        self.journal.append(
            "step.intent",
            {
                "step": instruction.path,
                "title": step.title,
                "action": step.action,
                "attempt": instruction.attempt,
                "deadline": deadline,
                "timeout_seconds": seconds or 0,
                "script_sha256": sha256(step.run.encode("utf-8", "surrogatepass")).hexdigest() if step.run else "",
                "destructive": step.destructive,
                "idempotent": step.idempotent,
            },
        )

    def _tries(self, instruction: RunStep, deadline: float | None) -> End:
        """Try until the expectation holds, or once where there is no ``until``."""
        step, clock = instruction.step, self.context.clock
        until = step.until
        if until is None:
            return self.attempts.judged(step, self._try(instruction, 1, deadline), 1)
        limit = clock.monotonic() + until.within.seconds
        held_since: float | None = None
        tries = 0
        while True:
            tries += 1
            end = self.attempts.judged(
                step, self._try(instruction, tries, limit if deadline is None else min(limit, deadline)), tries
            )
            if end.result == "interrupted":
                return end
            now = clock.monotonic()
            held_since = (now if held_since is None else held_since) if end.result == "passed" else None
            if held_since is not None and now - held_since >= (until.hold.seconds if until.hold else 0):
                return end
            if now + until.every.seconds >= limit:
                return self._out_of_time(step, end, tries)
            if not pause(self.context, until.every.seconds):
                return End("interrupted", end.outcome, end.checks, tries)

    def _out_of_time(self, step: Step, end: End, tries: int) -> End:
        assert step.until is not None
        detail = f"not reached within {step.until.within} ({tries} tries)"
        if step.until.on_timeout == "continue":
            self.journal.append("warning", {"message": f"{step.title}: {detail}; the plan says to go on"})
            return End("passed", end.outcome, end.checks, tries, detail=f"{detail}, continued")
        return End("timeout", end.outcome, end.checks, tries, detail=detail)

    def _try(self, instruction: RunStep, number: int, deadline: float | None) -> Outcome:
        self.journal.confirm()
        folder = self.attempts.states(instruction)
        if number > 1:
            discard(folder / f"{number - 1:05d}")
        return perform(self.context, self.attempts.task(instruction, folder / f"{number:05d}", deadline))
