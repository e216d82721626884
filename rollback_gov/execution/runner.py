"""The runner: asks what to do now, does that one thing, writes down what happened, and asks again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from rollback_gov.execution import phases, preliminaries, trouble, verifying
from rollback_gov.execution.answers import Answers, RunResult
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import (
    AskByHand,
    AskChecklist,
    BeginPhase,
    CheckBaseline,
    CheckPointOfNoReturn,
    EndPhase,
    EndVerification,
    Finish,
    Instruction,
    OfferHelp,
    OfferLastResort,
    RunCheck,
    RunStep,
    SettleStep,
    TakeCaptures,
    next_instruction,
)
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.run import Run
from rollback_gov.execution.state import RunState

_DO: Mapping[type, Callable[[Run, Any], None]] = MappingProxyType(
    {
        AskChecklist: preliminaries.tick_off,
        CheckPointOfNoReturn: preliminaries.check_point_of_no_return,
        CheckBaseline: preliminaries.verify_baseline,
        TakeCaptures: preliminaries.take_captures,
        BeginPhase: phases.begin_phase,
        RunStep: phases.run_step,
        SettleStep: phases.settle_step,
        EndPhase: phases.end_phase,
        OfferHelp: trouble.offer_help,
        OfferLastResort: trouble.offer_last_resort,
        RunCheck: verifying.evaluate_check,
        EndVerification: verifying.end_verification,
    }
)


class Runner:
    """One run, in one process. Everything that it knows is in the journal."""

    def __init__(self, context: Context, journal: Journal, answers: Answers) -> None:
        self._run = Run(context, journal, answers)

    @property
    def state(self) -> RunState:
        """How the run stands."""
        return self._run.state

    @property
    def pace(self) -> Pace:
        """How the run stands against time."""
        return self._run.pace

    def run(self) -> RunResult:
        """Go on until nothing is left to do. Raises Interrupted when asked to stop, Refused when a person must say."""
        run = self._run
        while True:
            run.catch_up()
            run.pace.look()
            instruction = self._next()
            if isinstance(instruction, Finish):
                return self._finish(instruction)
            if run.context.stop.requested:
                run.stop()
            self._do(instruction)

    def _next(self) -> Instruction:
        if self._run.pace.timed_out:
            return Finish("failed", "the whole run took longer than its timeout")
        return next_instruction(self._run.context.plan, self._run.itinerary, self._run.state)

    def _do(self, instruction: Instruction) -> None:
        if isinstance(instruction, AskByHand):
            phases.ask_by_hand(self._run, instruction, otherwise=self._do)
        else:
            _DO[type(instruction)](self._run, instruction)

    def _finish(self, finish: Finish) -> RunResult:
        run, pace = self._run, self._run.pace
        pace.let_go()
        seconds = run.state.verified_seconds if run.state.verified else round(pace.watch.elapsed, 3)
        result = RunResult(result=finish.result, seconds=seconds, sla_seconds=pace.sla_seconds, detail=finish.detail)
        if finish.result == "failed":
            pace.climb("failed", 0.0)
        if not run.state.result:
            run.record("run.finished", self._end(finish, result))
        return result

    def _end(self, finish: Finish, result: RunResult) -> dict[str, Any]:
        state = self._run.state
        return {
            "result": finish.result,
            "detail": finish.detail,
            "seconds": result.seconds,
            "gate_seconds": round(state.gate_seconds, 3),
            "sla_met": result.sla_met,
            "forward_fix": state.past_point_of_no_return,
            "last_resort": state.last_resort == "taken",
            "problems": list(state.problems),
        }
