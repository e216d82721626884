"""Runs several regions by their strategy: one thread a region, and one journal that says which began and ended how."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, NoReturn

from rollback_gov.execution.actions import gate
from rollback_gov.execution.answers import RunResult
from rollback_gov.execution.bash import Outputs
from rollback_gov.execution.clock import stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.interruption import interrupt
from rollback_gov.execution.journal import Journal, JournalError
from rollback_gov.execution.regions.coordination import coordination
from rollback_gov.execution.regions.turn import AskGate, Begin, End, Hold, LeaveOut, Turn, Wait, next_turn
from rollback_gov.execution.sla import Stopwatch, human
from rollback_gov.execution.task import Task
from rollback_gov.model.action import Gate
from rollback_gov.model.errors import Refused, RollbackGovError
from rollback_gov.model.step import Step

_SLICE = 0.2

RollBack = Callable[[str, str], RunResult]
"""Rolls one region back, or goes on with it: its name, and when it was decided (UTC)."""


@dataclass(frozen=True, slots=True)
class _LaneEnd:
    """How a lane ended: a result, or the sentence for which it waits."""

    region: str
    result: RunResult | None
    detail: str = ""


@dataclass(slots=True)
class Conductor:
    """One rollback of several regions. Everything that it knows is in the coordination journal."""

    context: Context
    journal: Journal
    roll_back: RollBack
    executable: str
    decided_at: str
    resume: str
    """The command that goes on with the run."""
    _ends: SimpleQueue[_LaneEnd] = field(default_factory=SimpleQueue)
    _threads: dict[str, Thread] = field(default_factory=dict)

    def run(self) -> RunResult:
        """Go on until nothing is left to do; whatever happens, what runs is seen through.

        Raises Interrupted when asked to stop, Refused when regions wait for a person.
        """
        try:
            while True:
                turn = self._turn()
                if isinstance(turn, End):
                    return self._finish(turn)
                self._do(turn)
        finally:
            while self._threads:
                with suppress(JournalError):  # each region's own journal says how it ended
                    self._await_end()

    def _turn(self) -> Turn:
        turn = next_turn(coordination(self.journal.events))
        stop = self.context.stop
        if (stop.requested or stop.after_step) and isinstance(turn, Begin | AskGate | Hold | LeaveOut):
            return Wait()
        return turn

    def _do(self, turn: Turn) -> None:
        if isinstance(turn, Begin):
            self._begin(turn)
        elif isinstance(turn, AskGate):
            self._ask(turn)
        elif isinstance(turn, LeaveOut):
            self._leave_out(turn)
        elif isinstance(turn, Hold):
            self._hold(turn)
        elif self._threads:
            self._await_end()
        else:
            interrupt(self.context, self.journal.append, resume=self.resume)

    def _begin(self, turn: Begin) -> None:
        state = coordination(self.journal.events)
        for region in turn.regions:
            decided_at = state.decided_at.get(region) or self._clock_start()
            data: dict[str, Any] = {
                "region": region,
                "run": f"{self.context.run}.{region}",
                "journal": f"regions/{region}",
            }
            data |= {"decided_at": decided_at, "sla_seconds": state.sla[region]}
            self.journal.append("region.started", data)
            self.context.console.say(f"Region {region} {'goes on' if region in state.decided_at else 'begins'}")
            thread = Thread(target=self._run_lane, args=(region, decided_at), name=f"region-{region}")
            self._threads[region] = thread
            thread.start()

    def _clock_start(self) -> str:
        """The first regions are late from the decision on; the others from the moment at which they may begin."""
        begun = any(event.type == "region.finished" for event in self.journal.events)
        return stamp(self.context.clock.now()) if begun else self.decided_at

    def _run_lane(self, region: str, decided_at: str) -> None:
        try:
            end = _LaneEnd(region, self.roll_back(region, decided_at))
        except RollbackGovError as error:
            reasons = "".join(f" {reason}" for reason in getattr(error, "reasons", ()))
            end = _LaneEnd(region, None, f"{error}{reasons} {error.hint}".rstrip())
        except BaseException as error:
            end = _LaneEnd(region, None, f"internal error: {type(error).__name__}: {error}")
        self._ends.put(end)

    def _await_end(self) -> None:
        """Wait for one lane to end, in slices: only this thread hears signals."""
        try:
            end = self._ends.get(timeout=_SLICE)
        except Empty:
            return
        self._threads.pop(end.region).join()
        self._write_end(end)

    def _write_end(self, end: _LaneEnd) -> None:
        region, result = end.region, end.result
        if result is None:
            self.journal.append("region.waits", {"region": region, "detail": end.detail})
            self.context.console.say(f"Region {region} waits: {end.detail}")
            return
        data = {"region": region, "result": result.result, "seconds": result.seconds, "detail": result.detail}
        self.journal.append("region.finished", {**data, "sla_seconds": result.sla_seconds, "sla_met": result.sla_met})
        limit = f" of {human(result.sla_seconds)}" if result.sla_seconds else ""
        detail = f": {result.detail}" if result.detail else ""
        self.context.console.say(f"Region {region} {result.result} in {human(result.seconds)}{limit}{detail}")

    def _leave_out(self, turn: LeaveOut) -> None:
        for region in turn.regions:
            self.journal.append("region.not_started", {"region": region, "reason": turn.reason, "detail": turn.detail})
            self.context.console.say(f"Region {region} does not begin: {turn.detail}")

    def _ask(self, turn: AskGate) -> None:
        """A gate like that of a step; when the run is to stop meanwhile, whoever resumes it is asked again."""
        state = coordination(self.journal.events)
        so_far = ", ".join(f"{region} {state.regions[region]}" for region in state.those("passed", "failed", "aborted"))
        ask = f"{so_far}. Go on with {', '.join(turn.regions)}?"
        wait = state.strategy.gate_deadline
        step = Step(id=turn.path, gate=Gate(ask=ask, deadline=wait, on_deadline=state.strategy.gate_on_deadline))
        nowhere = Path("/dev/null")
        outputs = Outputs(stdout=nowhere, stderr=nowhere, show=lambda _text: None)
        task = Task(
            step=step,
            path=turn.path,
            attempt=1,
            deadline=None,
            state=self.context.state_folder / "gate",
            outputs=outputs,
            record=self.journal.append,
            executable=self.executable,
        )
        gate.perform(self.context, task)

    def _hold(self, turn: Hold) -> NoReturn:
        details = coordination(self.journal.events).details
        raise Refused(
            f"The run {self.context.run} waits for a person in {', '.join(turn.regions)}.",
            reasons=tuple(f"{region}: {details[region]}" for region in turn.regions),
            hint=f"Then go on with: {self.resume}",
        )

    def _finish(self, end: End) -> RunResult:
        state = coordination(self.journal.events)
        elapsed = Stopwatch.of(self.journal.events, self.context.clock).elapsed
        result = RunResult(result=end.result, seconds=round(elapsed, 3), sla_seconds=0, detail=end.detail)
        if not state.result:
            data: Mapping[str, Any] = {"result": end.result, "detail": end.detail, "seconds": result.seconds}
            met = end.result == "passed" and all(state.sla_met.values())
            problems = [f"region {region}: {detail}" for region, detail in state.details.items() if detail]
            rest = {"gate_seconds": round(state.gate_seconds, 3), "sla_met": met}
            rest |= {"forward_fix": False, "last_resort": False}
            self.journal.append("run.finished", {**data, **rest, "problems": problems})
        return result
