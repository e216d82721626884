"""Attempts of steps: where they keep their state, what their outcome says, and how their end is written down."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from rollback_gov.execution.bash import Outputs
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import RunStep, SettleStep
from rollback_gov.execution.outcome import CheckResult, Ending, Outcome, Verdict, overall
from rollback_gov.execution.pace import TIMEOUT
from rollback_gov.execution.probe import describe, judge
from rollback_gov.execution.process import discard
from rollback_gov.execution.task import Task
from rollback_gov.model.record import Record
from rollback_gov.model.step import Step

DEFAULT_SECONDS = 600.0
PLAN_CHANGED = "plan-changed"
"""The check that is overridden to go on with other scripts than those that the run began with."""
_RESULTS = {Ending.TIMEOUT: "timeout", Ending.INTERRUPTED: "interrupted", Ending.DENIED: "denied"}
_PATIENT = frozenset({"gate", "manual"})
"""Actions of people: they have a deadline only where the plan gives one."""
Instruction = RunStep | SettleStep


class End(Record, kw_only=False):
    """How an attempt ended."""

    result: str
    outcome: Outcome
    checks: tuple[CheckResult, ...] = ()
    tries: int = 1
    recovered: str = ""
    detail: str = ""


class Attempts:
    """What running an attempt and finding out about one have in common."""

    def __init__(self, context: Context, journal: Journal, *, executable: str) -> None:
        self.context = context
        self.journal = journal
        self.executable = executable

    def states(self, instruction: Instruction) -> Path:
        """The folder in which the tries of an attempt keep their state."""
        return self.context.state_folder / f"{instruction.path.replace('/', '.')}.{instruction.attempt}"

    def make_room(self, instruction: Instruction) -> None:
        """Make that folder before the attempt is written down.

        One that is there and empty shows that nothing was started; one that is gone, as after a ``git clean``, shows
        nothing. On a full disk there is none, and whoever goes on has to find out.
        """
        with suppress(OSError):
            self.states(instruction).mkdir(mode=0o700, parents=True, exist_ok=True)

    def outputs(self, instruction: Instruction) -> Outputs:
        """Where the masked output of an attempt goes."""
        stem = f"{instruction.path.replace('/', '.')}.{instruction.attempt}"
        folder = self.context.folder / "outputs"
        return Outputs(stdout=folder / f"{stem}.out", stderr=folder / f"{stem}.err", show=self.context.console.stream)

    def seconds(self, instruction: Instruction) -> float | None:
        """How long the attempt may take; None for as long as it takes."""
        step = instruction.step
        if step.timeout is not None:
            return step.timeout.seconds
        if step.action in _PATIENT:
            return None
        if step.wait is not None:
            return step.wait.seconds + 1
        return instruction.leg.budget_seconds or DEFAULT_SECONDS

    def task(self, instruction: Instruction, state: Path, deadline: float | None) -> Task:
        """Give one try as the actions see it; ``state`` is a folder that does not exist yet."""
        return Task(
            step=instruction.step,
            path=instruction.path,
            attempt=instruction.attempt,
            deadline=deadline,
            state=state,
            outputs=self.outputs(instruction),
            record=self.journal.append,
            recall=partial(self.recall, instruction.path),
            decided=partial(self._decided, instruction.path),
            executable=self.executable,
        )

    def recall(self, path: str, type_: str) -> Mapping[str, Any]:
        """Give what the step itself wrote down last under that type; empty if nothing."""
        events = (event.data for event in reversed(self.journal.events) if event.type == type_)
        return next((data for data in events if data["step"] == path), {})

    def _decided(self, path: str) -> Mapping[str, Any]:
        """Give what people decided about the step since its last written end, and about the plan as it is now."""
        for event in reversed(self.journal.events):
            if event.type == "override" and event.data["check"] == PLAN_CHANGED:
                return {}
            if event.type in ("gate.decided", "step.finished") and event.data["step"] == path:
                return event.data if event.type == "gate.decided" else {}
        return {}

    def judged(self, step: Step, outcome: Outcome, tries: int, recovered: str = "") -> End:
        """Hold an outcome against what the step expects."""
        if outcome.ending in _RESULTS:
            detail = outcome.detail or self._why_cut_off(outcome.ending)
            return End(_RESULTS[outcome.ending], outcome, (), tries, recovered, detail)
        if outcome.ending is not Ending.DONE:
            return End("failed", outcome, (), tries, recovered, outcome.detail or outcome.ending.value)
        results = judge(self.context, step.expect, outcome)
        verdict = overall(results)
        if verdict is Verdict.UNKNOWN and self.context.stop.requested:  # cut off, which says nothing about the step
            return End("interrupted", outcome, results, tries, recovered, describe(results))
        bad = tuple(result for result in results if result.verdict is not Verdict.PASSED)
        result = "passed" if verdict is Verdict.PASSED else "failed"
        detail = ": ".join(part for part in (describe(bad), outcome.detail) if part)
        return End(result, outcome, results, tries, recovered, detail)

    def _why_cut_off(self, ending: Ending) -> str:
        if ending is Ending.TIMEOUT:
            return "its time was over"
        return "the time of the whole run was over" if self.context.stop.signal == TIMEOUT else ""

    def write(self, instruction: Instruction, end: End, *, began: float | None) -> None:
        """Write the end down, and only then throw the raw output away."""
        clock, outputs = self.context.clock, self.outputs(instruction)
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
        discard(self.states(instruction))
