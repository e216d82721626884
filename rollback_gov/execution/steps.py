"""One attempt of a step: intent first, then the action, its expectations, and the end. And what a crash left open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from rollback_gov.execution.actions.wait import pause
from rollback_gov.execution.bash import Outputs, see_through
from rollback_gov.execution.clock import parse_stamp, stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import RunStep, SettleStep
from rollback_gov.execution.outcome import CheckResult, Ending, Outcome, Verdict, overall
from rollback_gov.execution.probe import decide, describe, judge
from rollback_gov.execution.process import Process, adopt, discard, leftovers, remains
from rollback_gov.execution.task import Settlement, Task, action_module, perform
from rollback_gov.execution.unknown import settle_unknown
from rollback_gov.model.event import Event
from rollback_gov.model.record import Record
from rollback_gov.model.step import Step

DEFAULT_SECONDS = 600.0
_RESULTS = {Ending.TIMEOUT: "timeout", Ending.INTERRUPTED: "interrupted", Ending.DENIED: "denied"}
_BOOT_TOLERANCE = 2.0
"""Seconds by which the time of the boot may differ when it is computed twice."""
_LOOK_SECONDS = 0.05
"""Between two looks at what a dead shim left running."""
_PATIENT = frozenset({"gate", "manual"})
"""Actions of people: they have a deadline only where the plan gives one."""


def _programs(state: Path) -> list[Path]:
    """Where the programs of an action that has several keep their state."""
    return sorted(path.parent for path in state.glob("*/process"))


class _End(Record, kw_only=False):
    """How an attempt ended."""

    result: str
    outcome: Outcome
    checks: tuple[CheckResult, ...] = ()
    tries: int = 1
    recovered: str = ""
    detail: str = ""


class StepRunner:
    """Runs attempts of steps and writes them down."""

    def __init__(self, context: Context, journal: Journal, *, executable: str, settle: Mapping[str, str]) -> None:
        self.context = context
        self.journal = journal
        self.executable = executable
        self.settle_answers = settle

    def run(self, instruction: RunStep, *, skipped: str = "") -> None:
        """Run one attempt. ``skipped`` is the reason why a person left the step out."""
        step, path = instruction.step, instruction.path
        if skipped:
            self._write(instruction, _End("skipped", Outcome(), detail=skipped), began=None)
            return
        if step.when is not None and instruction.attempt == 1 and not self._is_needed(step, path):
            self._write(instruction, _End("not_needed", Outcome()), began=None)
            return
        if instruction.attempt > 1 and not self._back_off(step, instruction.attempt):
            return
        if self.context.stop.requested:  # while `when` was asked: nothing has begun yet, and nothing shall
            return
        began = self.context.clock.monotonic()
        seconds = self._seconds(instruction)
        self._intend(instruction, seconds)
        end = self._tries(instruction, None if seconds is None else began + seconds)
        self._write(instruction, end, began=began)

    def settle(self, instruction: SettleStep, *, interrupted: bool) -> None:
        """Find out what became of an attempt without an end. ``interrupted``: it was cut off by us."""
        module = action_module(instruction.step.action)
        if getattr(module, "SAFE_TO_REPEAT", False):
            self._settled(instruction, "idempotent", "run_again")
            return
        state = self._latest_state(instruction)
        left = "unknown" if interrupted or not getattr(module, "ONE_PROCESS", False) else remains(state)
        if left == "never started" and self._is_same_boot(instruction):
            self._settled(instruction, "never_started", "run_again")
        elif left in ("running", "ended"):
            self._take_over(instruction, state, adopted=left == "running")
        else:
            self._settle_unknown(instruction, state)

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

    def _seconds(self, instruction: RunStep | SettleStep) -> float | None:
        step = instruction.step
        if step.timeout is not None:
            return step.timeout.seconds
        if step.action in _PATIENT:
            return None
        if step.wait is not None:
            return step.wait.seconds + 1
        return instruction.leg.budget_seconds or DEFAULT_SECONDS

    def _intend(self, instruction: RunStep, seconds: float | None) -> None:
        from datetime import timedelta
        from hashlib import sha256

        step = instruction.step
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

    def _tries(self, instruction: RunStep, deadline: float | None) -> _End:
        """Try until the expectation holds, or once where there is no ``until``."""
        step, clock = instruction.step, self.context.clock
        until = step.until
        if until is None:
            return self._judged(step, self._try(instruction, 1, deadline), 1)
        limit = clock.monotonic() + until.within.seconds
        held_since: float | None = None
        tries = 0
        while True:
            tries += 1
            end = self._judged(
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
                return _End("interrupted", end.outcome, end.checks, tries)

    def _out_of_time(self, step: Step, end: _End, tries: int) -> _End:
        assert step.until is not None
        detail = f"not reached within {step.until.within} ({tries} tries)"
        if step.until.on_timeout == "continue":
            self.journal.append("warning", {"message": f"{step.title}: {detail}; the plan says to go on"})
            return _End("passed", end.outcome, end.checks, tries, detail=f"{detail}, continued")
        return _End("timeout", end.outcome, end.checks, tries, detail=detail)

    def _try(self, instruction: RunStep, number: int, deadline: float | None) -> Outcome:
        folder = self._states(instruction)
        if number > 1:
            discard(folder / f"{number - 1:05d}")
        return perform(self.context, self._task(instruction, folder / f"{number:05d}", deadline))

    def _task(self, instruction: RunStep | SettleStep, state: Path, deadline: float | None) -> Task:
        return Task(
            step=instruction.step,
            path=instruction.path,
            attempt=instruction.attempt,
            deadline=deadline,
            state=state,
            outputs=self._outputs(instruction),
            record=self.journal.append,
            recall=partial(self._recall, instruction.path),
            executable=self.executable,
        )

    def _recall(self, path: str, type_: str) -> Mapping[str, Any]:
        events = (event.data for event in reversed(self.journal.events) if event.type == type_)
        return next((data for data in events if data["step"] == path), {})

    def _judged(self, step: Step, outcome: Outcome, tries: int, recovered: str = "") -> _End:
        if outcome.ending in _RESULTS:
            detail = outcome.detail or ("" if outcome.ending is not Ending.TIMEOUT else "its time was over")
            return _End(_RESULTS[outcome.ending], outcome, (), tries, recovered, detail)
        if outcome.ending is not Ending.DONE:
            return _End("failed", outcome, (), tries, recovered, outcome.detail or outcome.ending.value)
        results = judge(self.context, step.expect, outcome)
        verdict = overall(results)
        bad = tuple(result for result in results if result.verdict is not Verdict.PASSED)
        result = "passed" if verdict is Verdict.PASSED else "failed"
        detail = ": ".join(part for part in (describe(bad), outcome.detail) if part)
        return _End(result, outcome, results, tries, recovered, detail)

    def _take_over(self, instruction: SettleStep, state: Path, *, adopted: bool) -> None:
        """See an orphan through, or take the end that it wrote while nobody looked."""
        began = self.context.clock.monotonic()
        process = adopt(state) if adopted else Process(state, 0)
        deadline = self._original_deadline(instruction)
        outcome = see_through(self.context, process, deadline=deadline, outputs=self._outputs(instruction))
        if outcome.ending is Ending.LOST:
            self._settle_unknown(instruction, state)
            return
        end = self._judged(instruction.step, outcome, 1, "adopted" if adopted else "found")
        if outcome.ending is Ending.DONE and self._goes_on_trying(instruction.step, end):
            self._settled(instruction, "idempotent", "run_again")
            discard(state.parent)
            return
        self._write(instruction, end, began=began)

    def _goes_on_trying(self, step: Step, end: _End) -> bool:
        """One try of an ``until`` ended while nobody looked; only one that says all there is to say is the end."""
        return step.until is not None and (end.result != "passed" or step.until.hold is not None)

    def _settle_unknown(self, instruction: SettleStep, state: Path) -> None:
        if self._has(instruction, "step.intent") and not self._await_leftovers(instruction, state):
            return  # asked to stop; whoever resumes the run finds out
        given = self.settle_answers.get(instruction.path, "")
        look = partial(self._look, instruction, state)
        doubted = self._is_doubted(instruction)
        settle_unknown(self.context, self.journal, instruction, given, look=look, doubted=doubted)
        discard(state.parent)

    def _look(self, instruction: SettleStep, state: Path) -> Settlement:
        """Ask the action itself what became of the attempt, where it knows how to look. Nothing of it runs then."""
        settle = getattr(action_module(instruction.step.action), "settle", None)
        if settle is None or (self._is_doubted(instruction) and not self._has(instruction, "step.resolved")):
            return "unknown"
        deadline = self.context.clock.monotonic() + (self._seconds(instruction) or DEFAULT_SECONDS)
        answer: Settlement = settle(self.context, self._task(instruction, state, deadline))
        return answer

    def _await_leftovers(self, instruction: SettleStep, state: Path) -> bool:
        """Let what still runs of the attempt come to its end, or to its deadline; until then nobody can know.

        An action of several programs is seen through too: the exit code of one does not say how the step stands.
        Gives False when the run was asked to stop.
        """
        for folder in _programs(state):
            if remains(folder) == "running":
                outputs, deadline = (
                    replace(self._outputs(instruction), append=True),
                    self._original_deadline(instruction),
                )
                see_through(self.context, adopt(folder), deadline=deadline, outputs=outputs)
        for folder in (state, *_programs(state)):
            if leftovers(folder) is not None:
                self.context.console.say(f"  {instruction.path}: its shim is dead, it still runs; waiting for its end")
                self._see_out(folder, self._original_deadline(instruction))
        return not self.context.stop.requested

    def _see_out(self, state: Path, deadline: float) -> None:
        while (process := leftovers(state)) is not None:
            if self.context.clock.monotonic() >= deadline or self.context.stop.requested:
                process.kill()
                return
            pause(self.context, _LOOK_SECONDS)

    def _has(self, instruction: SettleStep, type_: str) -> bool:
        """Say whether the journal tells such a thing of the step."""
        return any(event.type == type_ and event.data["step"] == instruction.path for event in self.journal.events)

    def _is_doubted(self, instruction: SettleStep) -> bool:
        """What was written down about the attempt may be missing: that there is no line proves nothing."""
        ends = (event.data for event in reversed(self.journal.events) if event.type == "step.finished")
        return bool(next((end for end in ends if end["step"] == instruction.path), {}).get("doubted"))

    def _intent(self, instruction: SettleStep) -> Event:
        events = (event for event in reversed(self.journal.events) if event.type == "step.intent")
        return next(event for event in events if event.data["step"] == instruction.path)

    def _original_deadline(self, instruction: SettleStep) -> float:
        """On the steady clock. A wall clock that was set back does not lengthen it beyond the step's whole time."""
        intent, clock = self._intent(instruction).data, self.context.clock
        left = (parse_stamp(intent["deadline"]) - clock.now()).total_seconds() + self._asked_seconds(instruction)
        return clock.monotonic() + min(left, float(intent["timeout_seconds"]))

    def _asked_seconds(self, instruction: SettleStep) -> float:
        """How long the attempt waited for a person's yes, which is not its own time."""
        intent = self._intent(instruction)
        gates = (event.data for event in self.journal.events if event.type == "gate.decided" and event.seq > intent.seq)
        return sum(float(gate["seconds"]) for gate in gates if gate["step"] == instruction.path)

    def _is_same_boot(self, instruction: SettleStep) -> bool:
        """No trace of a script proves that it never ran, unless a power cut may have taken the trace away."""
        intent, clock = self._intent(instruction), self.context.clock
        then = parse_stamp(intent.at).timestamp() - intent.monotonic
        now = clock.now().timestamp() - clock.monotonic()
        return abs(now - then) < _BOOT_TOLERANCE

    def _settled(self, instruction: SettleStep, how: str, outcome: str) -> None:
        self.journal.append(
            "step.settled",
            {"step": instruction.path, "attempt": instruction.attempt, "how": how, "outcome": outcome, "by": ""},
        )

    def _states(self, instruction: RunStep | SettleStep) -> Path:
        return self.context.state_folder / f"{instruction.path.replace('/', '.')}.{instruction.attempt}"

    def _latest_state(self, instruction: SettleStep) -> Path:
        folder = self._states(instruction)
        return max(folder.glob("*"), default=folder / "00001")

    def _outputs(self, instruction: RunStep | SettleStep) -> Outputs:
        stem = f"{instruction.path.replace('/', '.')}.{instruction.attempt}"
        folder = self.context.folder / "outputs"
        return Outputs(stdout=folder / f"{stem}.out", stderr=folder / f"{stem}.err", show=self.context.console.stream)

    def _write(self, instruction: RunStep | SettleStep, end: _End, *, began: float | None) -> None:
        """Write the end down, and only then throw the raw output away."""
        clock, outputs = self.context.clock, self._outputs(instruction)
        seconds = round(clock.monotonic() - began, 3) if began is not None else 0.0
        data: dict[str, Any] = {
            "step": instruction.path,
            "attempt": instruction.attempt if began is not None else 0,
            "result": end.result,
            "exit": end.outcome.exit,
            "seconds": seconds,
            "checks": [check.record for check in end.checks],
            "tries": end.tries,
            "detail": end.detail,
            "stdout": f"outputs/{outputs.stdout.name}" if outputs.stdout.exists() else "",
            "stderr": f"outputs/{outputs.stderr.name}" if outputs.stderr.exists() else "",
            "recovered": end.recovered,
        }
        self.journal.append("step.finished", data)
        discard(self._states(instruction))
