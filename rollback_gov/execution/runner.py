"""The runner: asks what to do now, does that one thing, writes down what happened, and asks again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rollback_gov.execution.asking import NO, ask_person
from rollback_gov.execution.checks import run_check
from rollback_gov.execution.clock import parse_stamp
from rollback_gov.execution.context import Context
from rollback_gov.execution.itinerary import VERIFICATION, Choices, Itinerary, plan_itinerary
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import (
    AskByHand,
    BeginPhase,
    CheckBaseline,
    CheckPointOfNoReturn,
    EndPhase,
    EndVerification,
    Finish,
    Instruction,
    RunCheck,
    RunStep,
    SettleStep,
    TakeCaptures,
    next_instruction,
)
from rollback_gov.execution.override import insist
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.point_of_no_return import detect
from rollback_gov.execution.saving import check_baseline, save_all
from rollback_gov.execution.sla import human, projected
from rollback_gov.execution.state import RunState, fold
from rollback_gov.execution.steps import StepRunner
from rollback_gov.model.errors import Interrupted


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What people said beforehand, on the command line."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    """Check -> reason."""
    settle: Mapping[str, str] = field(default_factory=dict)
    """Step path -> done, again or abort."""
    point_of_no_return: str = ""
    """``yes`` or ``no``, where it cannot be detected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """How a run ended: ``passed``, ``failed`` or ``aborted``."""

    result: str
    seconds: float
    sla_seconds: float
    detail: str

    @property
    def sla_met(self) -> bool:
        """Verified within the SLA."""
        return self.result == "passed" and self.seconds <= self.sla_seconds


class Runner:
    """One run, in one process. Everything that it knows is in the journal."""

    def __init__(self, context: Context, journal: Journal, answers: Answers) -> None:
        self.journal = journal
        self.answers = answers
        self.state: RunState = fold(journal.events)
        self._seen = len(journal.events)
        started = self.state.started
        self.context = context = replace(context, scenario=started["scenario"])
        self.choices = Choices(
            scenario=started["scenario"], options=started["options"], start_at=started["from"], skip=started["skipped"]
        )
        self.pace = Pace(context, journal, self.state)
        executable = started["digests"]["executable"]
        self.steps = StepRunner(context, journal, executable=executable, settle=answers.settle)
        self._do: dict[type, Callable[[Any], None]] = {
            CheckPointOfNoReturn: self._check_point_of_no_return,
            CheckBaseline: self._check_baseline,
            TakeCaptures: self._take_captures,
            BeginPhase: self._begin_phase,
            RunStep: self._run_step,
            SettleStep: self._settle_step,
            EndPhase: self._end_phase,
            AskByHand: self._ask_by_hand,
            RunCheck: self._run_check,
            EndVerification: self._end_verification,
        }

    def run(self) -> RunResult:
        """Go on until nothing is left to do. Raises Interrupted when asked to stop, Refused when a person must say."""
        while True:
            self._catch_up()
            self.pace.look()
            instruction = self._next()
            if isinstance(instruction, Finish):
                return self._finish(instruction)
            if self.context.stop.requested:
                self._stop()
            self._do[type(instruction)](instruction)

    @property
    def itinerary(self) -> Itinerary:
        """The way, as far as it is known now."""
        return plan_itinerary(self.context.plan, self.choices, forward_fix=self.state.past_point_of_no_return)

    def _next(self) -> Instruction:
        if self.pace.timed_out:
            return Finish("failed", "the whole run took longer than its timeout")
        return next_instruction(self.context.plan, self.itinerary, self.state)

    def _catch_up(self) -> None:
        for event in self.journal.events[self._seen :]:
            self.state.take(event)
        self._seen = len(self.journal.events)

    def _record(self, type_: str, data: Mapping[str, Any]) -> None:
        self.journal.append(type_, data)

    def _say(self, text: str) -> None:
        self.context.console.say(text)

    def _stop(self) -> None:
        open_steps = [path for path, step in self.state.steps.items() if step.is_open]
        self._record("run.interrupted", {"signal": self.context.stop.signal, "open": "".join(open_steps[-1:])})
        raise Interrupted(
            f"The run {self.context.run} was interrupted by {self.context.stop.signal}; nothing of it is lost.",
            hint=f"Go on with: rollback-gov resume {self.context.run}",
        )

    # Before the first phase

    def _check_point_of_no_return(self, _: CheckPointOfNoReturn) -> None:
        passed, detail, by = detect(self.context, self.answers.point_of_no_return)
        self._record("point_of_no_return.checked", {"passed": passed, "detail": detail, "by": by})
        self._say(f"  point of no return passed: {passed}" + (f" ({detail})" if detail else ""))
        if passed == "yes":
            self._say("  the forward fix takes the place of the guarded phases")

    def _check_baseline(self, instruction: CheckBaseline) -> None:
        bad = []
        for item in instruction.missing:
            result, digest = check_baseline(self.context.baseline_folder, item)
            data = {"id": item.id, "result": result, "file": item.save, "sha256": digest}
            self._record("baseline.checked", data)
            if result != "intact" and item.required:
                bad.append(f"{item.id} is {result}")
            elif result != "intact":
                self._record("warning", {"message": f"baseline {item.id} is {result}"})
        if bad:
            message = f"the baseline is not what was kept before the change: {', '.join(bad)}."
            insist(self.context, self.journal, "baseline", message, self.answers.overrides)
        elif instruction.missing:
            self._say(f"  baseline: {len(instruction.missing)} checked")

    def _take_captures(self, instruction: TakeCaptures) -> None:
        budget = self.context.plan.capture.budget.seconds
        folder = self.context.folder / "captures"
        for kept in save_all(self.context, instruction.items, folder, seconds=budget, masked=True):
            file = f"captures/{kept.file}" if kept.file else ""
            data = {"id": kept.id, "result": kept.result, "file": file, "sha256": kept.sha256}
            self._record("capture.finished", {**data, "seconds": kept.seconds, "detail": kept.detail})
            self._say(f"  capture {kept.id}: {kept.result}" + (f" ({kept.detail})" if kept.detail else ""))

    # Phases

    def _begin_phase(self, instruction: BeginPhase) -> None:
        leg, way = instruction.leg, instruction.way
        data = {"phase": leg.path, "title": leg.phase.title, "alternative": way.id}
        self._record("phase.started", {**data, "budget_seconds": leg.budget_seconds})
        legs = self.itinerary.legs
        to_come = legs[legs.index(leg) :] if leg in legs else ()
        verification = self.context.plan.verification.budget
        end = projected(self.pace.watch.elapsed, to_come, verification.seconds if verification else 0)
        option = f" (option {way.id})" if way.id else ""
        times = f"{human(self.pace.watch.elapsed)} of {human(self.pace.sla_seconds)}, done by {human(end)}"
        self._say(f"{leg.phase.title}{option}  [{times}]")
        self.context.notify("progress", {"phase": leg.phase.title, "elapsed": human(self.pace.watch.elapsed)})

    def _run_step(self, instruction: RunStep) -> None:
        self._say(f"  {instruction.step.title}")
        stem = f"{instruction.leg.phase.id}/{instruction.step.id}"
        skipped = self.choices.skip.get(stem, "") if instruction.path.startswith("phases/") else ""
        self.steps.run(instruction, skipped=skipped)
        self._after_step(instruction)

    def _settle_step(self, instruction: SettleStep) -> None:
        interrupted = self.state.step(instruction.path).result == "interrupted"
        self.steps.settle(instruction, interrupted=interrupted)
        self._after_step(instruction)

    def _after_step(self, instruction: RunStep | SettleStep) -> None:
        self._catch_up()
        step = self.state.step(instruction.path)
        if step.result == "interrupted" and step.is_open:
            self._stop()
        if step.result in ("failed", "timeout", "denied"):
            self._say(f"  {instruction.step.title}: {step.result.upper()} {step.detail}".rstrip())
        elif step.result in ("not_needed", "skipped"):
            self._say(f"  {instruction.step.title}: {step.result.replace('_', ' ')}")

    def _ask_by_hand(self, instruction: AskByHand) -> None:
        question = f"{instruction.step.title}: do it by hand. Done? (your name, or 'no')"
        said = ask_person(self.context, question, str)
        if self.context.stop.requested:
            return  # whoever resumes the run is asked again
        if said is None or said.lower() in NO:
            self._do[type(instruction.otherwise)](instruction.otherwise)
            return
        data = {"step": instruction.path, "attempt": instruction.attempt, "result": "by_hand", "exit": None}
        rest = {"seconds": 0.0, "checks": [], "tries": 1, "stdout": "", "stderr": "", "recovered": ""}
        self._record("step.finished", {**data, **rest, "detail": f"done by {said}"})

    def _end_phase(self, instruction: EndPhase) -> None:
        path = instruction.leg.path
        seconds = self._phase_seconds(path)
        data = {"phase": path, "alternative": instruction.way.id, "result": instruction.result}
        self._record("phase.finished", {**data, "seconds": seconds, "gate_seconds": self._gate_seconds(path)})
        self.pace.breach(path, instruction.leg.budget_seconds, seconds)
        self._say(f"  {instruction.result} in {human(seconds)}")
        if instruction.result == "failed":
            self._offer_help(instruction.leg.phase.id)

    def _phase_seconds(self, path: str) -> float:
        """Wall time, because a phase may span two processes."""
        began = parse_stamp(self.state.phase(path).started_at)
        seconds: float = max((self.context.clock.now() - began).total_seconds(), 0.0)
        return round(seconds, 3)

    def _gate_seconds(self, path: str) -> float:
        gates = (event.data for event in self.journal.events if event.type == "gate.decided")
        return round(sum(float(gate["seconds"]) for gate in gates if gate["step"].startswith(f"{path}/")), 3)

    def _offer_help(self, phase: str) -> None:
        for trouble in self.context.plan.troubleshooting:
            if trouble.phase == phase:
                self._say(f"  troubleshooting: {trouble.when or ', '.join(trouble.symptoms)}")
                for probe in trouble.investigate:
                    self._say(f"    look:   {probe.run or probe.name}")
                for remedy in trouble.remedies:
                    self._say(f"    remedy: {remedy.title}")
        if self.context.plan.last_resort:
            names = ", ".join(phase.title for phase in self.context.plan.last_resort)
            self._say(f"  last resort, by explicit decision only: {names}")

    # Verification and end

    def _run_check(self, instruction: RunCheck) -> None:
        self._begin_verification()
        data = run_check(self.context, instruction.check)
        if self.context.stop.requested and data["result"] != "passed":
            return  # cut off, which says nothing; whoever resumes the run evaluates it again
        self._record("check.finished", data)
        mark = "ok" if data["result"] == "passed" else data["result"].upper()
        self._say(f"  {data['title']}: {mark}  ({data['observed']})")

    def _begin_verification(self) -> None:
        if not self.state.phase(VERIFICATION).tried:
            budget = self.context.plan.verification.budget
            data = {"phase": VERIFICATION, "title": "Verification", "alternative": ""}
            self._record("phase.started", {**data, "budget_seconds": budget.seconds if budget else 0})
            self._say(f"Verification  [{human(self.pace.watch.elapsed)} of {human(self.pace.sla_seconds)}]")
            self._catch_up()

    def _end_verification(self, instruction: EndVerification) -> None:
        self._begin_verification()
        seconds = self._phase_seconds(VERIFICATION)
        result = "passed" if instruction.passed else "failed"
        data = {"phase": VERIFICATION, "alternative": "", "result": result}
        self._record("phase.finished", {**data, "seconds": seconds, "gate_seconds": 0.0})
        budget = self.context.plan.verification.budget
        self.pace.breach(VERIFICATION, budget.seconds if budget else 0, seconds)
        if instruction.passed:
            elapsed = self.pace.watch.elapsed
            self.pace.breach("total", self.pace.sla_seconds, elapsed)
            gates = round(self.state.gate_seconds, 3)
            self._record("run.verified", {"seconds": round(elapsed, 3), "gate_seconds": gates})

    def _finish(self, finish: Finish) -> RunResult:
        seconds = self.state.verified_seconds if self.state.verified else round(self.pace.watch.elapsed, 3)
        result = RunResult(
            result=finish.result, seconds=seconds, sla_seconds=self.pace.sla_seconds, detail=finish.detail
        )
        if finish.result == "failed":
            self.pace.climb("failed", 0.0)
        if not self.state.result:
            self._record(
                "run.finished",
                {
                    "result": finish.result,
                    "detail": finish.detail,
                    "seconds": seconds,
                    "gate_seconds": round(self.state.gate_seconds, 3),
                    "sla_met": result.sla_met,
                    "forward_fix": self.state.past_point_of_no_return,
                    "problems": list(self.state.problems),
                },
            )
        return result
