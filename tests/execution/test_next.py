"""The heart of the runner as a pure function: random plans, random outcomes, crashes after any event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.execution.itinerary import Choices, Itinerary, plan_itinerary
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
    checks_of,
    next_instruction,
)
from rollback_gov.execution.state import GOOD, RunState, fold
from rollback_gov.model.event import Event
from rollback_gov.model.plan import (
    Capture,
    Check,
    Checklists,
    Metadata,
    Plan,
    PointOfNoReturn,
    Saved,
    Trouble,
    Verification,
)
from rollback_gov.model.step import Alternative, Phase, Retry, Step
from tests.thoroughness import examples

# Random plans


def names(stem: str, count: int) -> list[str]:
    return [f"{stem}{number}" for number in range(1, count + 1)]


@st.composite
def steps_of(draw: st.DrawFn, stem: str) -> tuple[Step, ...]:
    return tuple(
        Step(
            id=name,
            run="true",
            on_failure=draw(st.sampled_from(["stop", "stop", "continue", "manual"])),
            retry=draw(st.none() | st.integers(0, 2).map(lambda times: Retry(times=times))),
        )
        for name in names(stem, draw(st.integers(1, 3)))
    )


@st.composite
def phase_of(draw: st.DrawFn, name: str) -> Phase:
    guard: Any = draw(st.sampled_from(["", "", "before_point_of_no_return"]))
    if draw(st.booleans()):
        return Phase(id=name, guard=guard, steps=draw(steps_of("s")))
    ways = names("w", draw(st.integers(2, 3)))
    return Phase(
        id=name, guard=guard, alternatives=tuple(Alternative(id=way, steps=draw(steps_of(f"{way}-"))) for way in ways)
    )


@st.composite
def phases_of(draw: st.DrawFn, stem: str, least: int, most: int) -> tuple[Phase, ...]:
    return tuple(draw(phase_of(name)) for name in names(stem, draw(st.integers(least, most))))


def saved(stem: str) -> st.SearchStrategy[tuple[Saved, ...]]:
    kept = st.booleans().map(lambda required: Saved(id="x", run="true", save="x", required=required))
    return st.lists(kept, max_size=2).map(
        lambda items: tuple(
            Saved(id=f"{stem}{n}", run=item.run, save=item.save, required=item.required) for n, item in enumerate(items)
        )
    )


severities: st.SearchStrategy[Any] = st.sampled_from(["fail", "warn"])
guards: st.SearchStrategy[Any] = st.sampled_from(["", "before_point_of_no_return"])


LISTS = Checklists(before=("told",), during=("seen",), after=("seen",))


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    checks = tuple(
        Check(id=name, run="true", severity=draw(severities), guard=draw(guards))
        for name in names("c", draw(st.integers(0, 3)))
    )
    fix = draw(st.none() | phases_of("f", 1, 2))
    point = PointOfNoReturn(description="gone", forward_fix=fix) if fix else PointOfNoReturn(none="stateless")
    return Plan(
        metadata=Metadata(operation="op-1", level=2),
        phases=draw(phases_of("p", 1, 3)),
        recovery=draw(phases_of("r", 0, 2)),
        last_resort=draw(phases_of("l", 0, 1)),
        troubleshooting=tuple(Trouble(phase=name) for name in draw(st.sets(st.sampled_from(["p1", "p2"])))),
        checklists=draw(
            st.sampled_from([Checklists(), Checklists(before=("told",), during=("seen",), after=("seen",))])
        ),
        verification=Verification(checks=checks, manual=draw(st.sampled_from([(), ("look",)]))),
        capture=Capture(items=draw(saved("k"))),
        baseline=draw(saved("b")),
        point_of_no_return=draw(st.sampled_from([None, point])),
    )


# A world that answers every instruction as the runner might, or dies in the middle


@dataclass
class World:
    plan: Plan
    random: Random
    choices: Choices = field(default_factory=Choices)
    events: list[Event] = field(default_factory=list)
    state: RunState = field(default_factory=RunState)
    done: list[Instruction] = field(default_factory=list)
    patience: Counter[str] = field(default_factory=Counter)

    @property
    def itinerary(self) -> Itinerary:
        return plan_itinerary(self.plan, self.choices, forward_fix=self.state.past_point_of_no_return)

    def next(self) -> Instruction:
        return next_instruction(self.plan, self.itinerary, self.state)

    def write(self, type_: str, data: Mapping[str, Any]) -> None:
        number = len(self.events) + 1
        event = Event(seq=number, at=f"{number}", monotonic=float(number), type=type_, data=data, previous="")
        self.events.append(event)
        self.state.take(event)

    def run(self, limit: int = 500) -> Finish:
        """Follow the instructions to the end. After every event a process may die; its heir reads the journal."""
        while True:
            instruction = self.next()
            self.done.append(instruction)
            assert len(self.done) < limit, "this run never ends"
            if isinstance(instruction, Finish):
                return instruction
            for type_, data in self.answer(instruction):
                self.write(type_, data)
                heir = World(self.plan, self.random, self.choices, self.events, fold(self.events))
                assert heir.state == self.state
                assert heir.next() == self.next(), "the same journal says two things"
                if self.random.random() < 0.1:
                    break

    def answer(self, instruction: Instruction) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: PLR0912 - one each
        choose = self.random.choice
        if isinstance(instruction, CheckPointOfNoReturn):
            yield "point_of_no_return.checked", {"passed": choose(["yes", "no"])}
        elif isinstance(instruction, CheckBaseline):
            for item in instruction.missing:
                yield "baseline.checked", {"id": item.id, "result": choose(["intact", "missing", "damaged"])}
            if self.random.random() < 0.5:
                yield "override", {"check": "baseline"}
        elif isinstance(instruction, TakeCaptures):
            for item in instruction.items:
                yield "capture.finished", {"id": item.id, "result": choose(["kept", "failed"])}
        elif isinstance(instruction, BeginPhase):
            yield "phase.started", {"phase": instruction.leg.path, "alternative": instruction.way.id}
        elif isinstance(instruction, RunStep):
            yield from self.attempt(instruction)
        elif isinstance(instruction, SettleStep):
            yield from self.settle(instruction)
        elif isinstance(instruction, EndPhase):
            yield "phase.finished", {"phase": instruction.leg.path, "result": instruction.result}
        elif isinstance(instruction, AskByHand):
            by_hand = {"step": instruction.path, "attempt": instruction.attempt, "result": "by_hand", "detail": ""}
            yield from [("step.finished", by_hand)] if choose([True, False]) else self.answer(instruction.otherwise)
        elif isinstance(instruction, AskChecklist):
            for line in instruction.items:
                yield "checklist", {"moment": instruction.moment, "item": line, "done": choose([True, False])}
        elif isinstance(instruction, OfferHelp):
            self.patience[instruction.path] += 1
            again = {"step": instruction.path, "attempt": self.state.step(instruction.path).attempt, "how": "person"}
            if choose([True, False]) and self.patience[instruction.path] < 4:
                yield "step.settled", {**again, "outcome": "run_again"}
            else:
                yield "help.closed", {"phase": instruction.leg.path, "by": ""}
        elif isinstance(instruction, OfferLastResort):
            yield "last_resort.decided", {"taken": choose([True, False])}
        elif isinstance(instruction, RunCheck):
            result = choose(["passed", "passed", "passed", "failed", "unknown"])
            data = {"check": instruction.check.id, "result": result, "expected": "", "observed": ""}
            yield "check.finished", data
        elif isinstance(instruction, EndVerification):
            result = "passed" if instruction.passed else "failed"
            yield "phase.finished", {"phase": "verification", "result": result}

    def attempt(self, run: RunStep) -> Iterator[tuple[str, Mapping[str, Any]]]:
        step = {"step": run.path, "attempt": run.attempt}
        if run.attempt == 1 and self.random.random() < 0.1:
            left_out = self.random.choice(["not_needed", "skipped"])
            yield "step.finished", {**step, "attempt": 0, "result": left_out, "detail": ""}
            return
        yield "step.intent", {**step, "deadline": ""}
        result = self.random.choice(["passed"] * 4 + ["failed", "timeout", "denied", "interrupted", ""])
        if result:
            yield "step.finished", {**step, "result": result, "detail": ""}

    def settle(self, settle: SettleStep) -> Iterator[tuple[str, Mapping[str, Any]]]:
        step = {"step": settle.path, "attempt": settle.attempt}
        self.patience[settle.path] += 1
        outcomes = ["done", "ended", *(["run_again"] if self.patience[settle.path] < 4 else [])]
        outcome = "abort" if self.random.random() < 0.05 else self.random.choice(outcomes)
        if outcome == "ended":
            yield "step.finished", {**step, "result": self.random.choice(["passed", "failed"]), "detail": ""}
            return
        if self.random.random() < 0.5:
            yield "step.unknown", step
        yield "step.settled", {**step, "how": self.random.choice(["person", "verify"]), "outcome": outcome}


randoms = st.randoms(use_true_random=False)


@given(plan=plans(), random=randoms)
@settings(max_examples=examples(70))
def test_every_run_ends_and_no_finished_step_runs_again(plan: Plan, random: Random) -> None:
    world = World(plan, random)
    finish = world.run()
    begun: Counter[str] = Counter()
    ended: set[str] = set()
    state = RunState()
    for event in world.events:
        state.take(event)
        path = event.data.get("step", "")
        if event.type == "step.intent":
            begun[path] += 1
            assert event.data["attempt"] == begun[path], "attempts count up, one by one"
            assert path not in ended, f"{path} had ended and was run again"
        if path and state.step(path).result in GOOD:
            ended.add(path)
    assert finish.result in ("passed", "failed", "aborted")
    assert (finish.result == "aborted") == bool(state.aborted)


@given(plan=plans(), random=randoms)
@settings(max_examples=examples(70))
def test_nothing_passes_that_has_not_passed(plan: Plan, random: Random) -> None:
    world = World(plan, random)
    finish = world.run()
    state = world.state
    bad = [c.id for c in checks_of(plan, state) if c.severity == "fail" and state.checks.get(c.id) != "passed"]
    if finish.result == "passed":
        assert bad == []
        legs = world.itinerary.last_resort if state.last_resort == "taken" else world.itinerary.legs
        assert all(state.phase(leg.path).result == "passed" for leg in legs)
        assert all(state.phase(leg.path).result for leg in world.itinerary.recovery)
    for leg in (*world.itinerary.legs, *world.itinerary.recovery):
        if state.phase(leg.path).result == "passed":
            way = next(way for way in leg.ways if way.id == state.phase(leg.path).tried[-1])
            for path, step in leg.steps(way):
                assert state.step(path).result in GOOD or step.on_failure == "continue"
        elif state.phase(leg.path).result == "failed":
            assert state.phase(leg.path).tried == [way.id for way in leg.ways], "every alternative was tried"


@given(plan=plans(), random=randoms)
@settings(max_examples=examples(40))
def test_steps_keep_their_order_and_failures_their_retries(plan: Plan, random: Random) -> None:
    world = World(plan, random)
    world.run()
    legs = (*world.itinerary.legs, *world.itinerary.last_resort, *world.itinerary.recovery)
    order = [path for leg in legs for way in leg.ways for path, _ in leg.steps(way)]
    retries = {
        path: step.retry.times if step.retry else 0 for leg in legs for way in leg.ways for path, step in leg.steps(way)
    }
    first = list(dict.fromkeys(event.data["step"] for event in world.events if event.type == "step.intent"))
    assert first == [path for path in order if path in first]
    failures = Counter(
        event.data["step"]
        for event in world.events
        if event.type == "step.finished" and event.data["result"] in ("failed", "timeout")
    )
    said_again = Counter(event.data["step"] for event in world.events if event.data.get("outcome") == "run_again")
    for path, count in failures.items():
        assert count <= retries[path] + 1 + said_again[path]


@given(plan=plans(), random=randoms)
@settings(max_examples=examples(40))
def test_no_phase_begins_before_the_preliminaries(plan: Plan, random: Random) -> None:
    world = World(plan, random)
    world.run()
    begun = next((event.seq for event in world.events if event.type == "phase.started"), len(world.events) + 1)
    before = fold(world.events[: begun - 1])
    if plan.point_of_no_return is not None and not plan.point_of_no_return.none:
        assert before.point_of_no_return
    for item in plan.baseline:
        assert before.baseline[item.id] == "intact" or not item.required or "baseline" in before.overridden
    assert before.captured == {item.id for item in plan.capture.items}


@given(plan=plans(), random=randoms)
@settings(max_examples=examples(40))
def test_past_the_point_of_no_return_no_guarded_phase_is_entered(plan: Plan, random: Random) -> None:
    world = World(plan, random)
    world.run()
    entered = {event.data["phase"] for event in world.events if event.type == "phase.started"}
    if world.state.past_point_of_no_return:
        assert not entered & {f"phases/{name}" for name in plan.guarded}
    else:
        assert not any(path.startswith("forward_fix/") for path in entered)


# Single decisions, as the manual tells them

PHASE = Phase(id="one", steps=(Step(id="a", run="true", retry=Retry(times=1)), Step(id="b", run="true")))
PLAN = Plan(metadata=Metadata(operation="op-1", level=2), phases=(PHASE,), baseline=())
INTENT = ("step.intent", {"step": "phases/one/a", "attempt": 1, "deadline": ""})
BEGUN = ("phase.started", {"phase": "phases/one", "alternative": ""})


def after(*events: tuple[str, Mapping[str, Any]], plan: Plan = PLAN) -> Instruction:
    world = World(plan, Random(0))
    for type_, data in events:
        world.write(type_, data)
    return world.next()


def finished(result: str, step: str = "phases/one/a", attempt: int = 1) -> tuple[str, Mapping[str, Any]]:
    return "step.finished", {"step": step, "attempt": attempt, "result": result, "detail": ""}


def settled(outcome: str) -> tuple[str, Mapping[str, Any]]:
    return "step.settled", {"step": "phases/one/a", "attempt": 1, "how": "person", "outcome": outcome}


@pytest.mark.parametrize(
    ("events", "kind", "attempt"),
    [
        ((), BeginPhase, None),
        ((BEGUN,), RunStep, 1),
        ((BEGUN, INTENT), SettleStep, 1),
        ((BEGUN, INTENT, finished("interrupted")), SettleStep, 1),
        ((BEGUN, INTENT, settled("run_again")), RunStep, 2),
        ((BEGUN, INTENT, settled("done")), RunStep, 1),
        ((BEGUN, INTENT, settled("abort")), Finish, None),
        ((BEGUN, INTENT, finished("failed")), RunStep, 2),
        ((BEGUN, INTENT, finished("denied")), EndPhase, None),
        ((BEGUN, INTENT, finished("failed", attempt=2)), RunStep, 2),
        ((BEGUN, INTENT, finished("passed")), RunStep, 1),
        ((BEGUN, finished("not_needed", attempt=0)), RunStep, 1),
        ((BEGUN, finished("skipped", attempt=0), finished("skipped", "phases/one/b", 0)), EndPhase, None),
    ],
)
def test_what_follows(
    events: tuple[tuple[str, Mapping[str, Any]], ...], kind: type[Instruction], attempt: int | None
) -> None:
    instruction = after(*events)
    assert isinstance(instruction, kind)
    if isinstance(instruction, RunStep | SettleStep):
        assert instruction.attempt == attempt


@pytest.mark.parametrize(("retries", "attempt", "asks"), [(0, 1, True), (1, 1, False), (1, 2, True)])
def test_a_person_is_asked_when_the_retries_are_used_up_in_whichever_process(
    retries: int, attempt: int, asks: bool
) -> None:
    step = Step(id="a", run="true", on_failure="manual", retry=Retry(times=retries))
    phase = Phase(id="one", alternatives=(Alternative(id="x", steps=(step,)), Alternative(id="y", steps=(step,))))
    plan = Plan(metadata=Metadata(operation="op-1", level=2), phases=(phase,))
    path = "phases/one/x/a"
    begun = ("phase.started", {"phase": "phases/one", "alternative": "x"})
    failed = [
        event
        for number in range(1, attempt + 1)
        for event in (
            ("step.intent", {"step": path, "attempt": number, "deadline": ""}),
            finished("failed", path, number),
        )
    ]
    instruction = after(begun, *failed, plan=plan)
    assert isinstance(instruction, AskByHand) == asks
    if isinstance(instruction, AskByHand):
        assert isinstance(instruction.otherwise, BeginPhase)
        assert instruction.otherwise.way.id == "y"
    by_hand = finished("by_hand", path, attempt)
    assert isinstance(after(begun, *failed, by_hand, plan=plan), EndPhase)


@pytest.mark.parametrize(
    ("required", "result", "overridden", "asks"),
    [
        (True, "intact", False, False),
        (True, "missing", False, True),
        (True, "damaged", False, True),
        (True, "missing", True, False),
        (False, "missing", False, False),
    ],
)
def test_a_refused_baseline_is_asked_for_again_until_it_is_overridden(
    required: bool, result: str, overridden: bool, asks: bool
) -> None:
    """A run that was refused cannot be let through by resuming it."""
    plan = Plan(
        metadata=Metadata(operation="op-1", level=2),
        phases=(PHASE,),
        baseline=(Saved(id="dump", run="true", save="dump", required=required),),
    )
    events: list[tuple[str, Mapping[str, Any]]] = [("baseline.checked", {"id": "dump", "result": result})]
    if overridden:
        events.append(("override", {"check": "baseline"}))
    assert isinstance(after(*events, plan=plan), CheckBaseline) == asks


TROUBLED = Plan(
    metadata=Metadata(operation="op-1", level=2),
    phases=(Phase(id="one", steps=(Step(id="a", run="true"),)),),
    troubleshooting=(Trouble(phase="one"),),
    last_resort=(Phase(id="rebuild", steps=(Step(id="new", run="true"),)),),
    verification=Verification(checks=(Check(id="health", run="true"),)),
)
FAILED = (BEGUN, INTENT, finished("failed"))
CLOSED = ("help.closed", {"phase": "phases/one", "by": ""})
LOST = (*FAILED, CLOSED, ("phase.finished", {"phase": "phases/one", "result": "failed"}))


def test_troubleshooting_comes_after_all_ways_and_before_the_end_of_the_phase() -> None:
    assert after(*FAILED, plan=TROUBLED) == OfferHelp(leg_of(TROUBLED), "phases/one/a")
    again = after(*FAILED, settled("run_again"), plan=TROUBLED)
    assert isinstance(again, RunStep)
    assert again.attempt == 2
    assert isinstance(after(*FAILED, CLOSED, plan=TROUBLED), EndPhase)


def leg_of(plan: Plan) -> Any:
    return plan_itinerary(plan, Choices()).legs[0]


def test_the_last_resort_is_offered_once_and_verified_anew() -> None:
    assert after(*LOST, plan=TROUBLED) == OfferLastResort()
    declined = ("last_resort.decided", {"taken": False})
    assert after(*LOST, declined, plan=TROUBLED) == Finish("failed", "phase 'one' failed")
    check = ("check.finished", {"check": "health", "result": "failed", "expected": "", "observed": ""})
    taken = ("last_resort.decided", {"taken": True})
    begins = after(*LOST, check, taken, plan=TROUBLED)
    assert isinstance(begins, BeginPhase)
    assert begins.leg.path == "last_resort/rebuild"
    ended = ("phase.finished", {"phase": "last_resort/rebuild", "result": "passed"})
    assert isinstance(after(*LOST, check, taken, ended, plan=TROUBLED), RunCheck)
    broke = ("phase.finished", {"phase": "last_resort/rebuild", "result": "failed"})
    assert after(*LOST, taken, broke, plan=TROUBLED) == Finish("failed", "phase 'rebuild' failed")


def test_a_last_resort_that_was_decided_beforehand_asks_for_no_point_of_no_return() -> None:
    point = PointOfNoReturn(description="gone")
    plan = replace(TROUBLED, point_of_no_return=point)
    assert isinstance(after(plan=plan), CheckPointOfNoReturn)
    assert isinstance(after(("last_resort.decided", {"taken": True}), plan=plan), BeginPhase)
