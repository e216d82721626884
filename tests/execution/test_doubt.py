"""The end of a journal is lost: whatever happened in it, no step has its effect twice without anybody being asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rollback_gov.execution.doubt import MISSING, Doubt, end_may_be_missing
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.next import CheckPointOfNoReturn, Finish, RunStep, SettleStep
from rollback_gov.execution.state import GOOD, fold
from rollback_gov.model.action import Probe
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Metadata, Plan
from rollback_gov.model.step import Phase, Step
from tests.execution.memory import journal_in_memory
from tests.execution.test_next import World, plans
from tests.thoroughness import examples

STARTED = {"scenario": "", "options": {}, "from": "", "skipped": {}}
Said = Iterator[tuple[str, Mapping[str, Any]]]


@dataclass
class Lost(World):
    """The machine that dies. Whether the point of no return is passed is a fact, whoever asks."""

    def answer(self, instruction: Any) -> Said:
        if isinstance(instruction, CheckPointOfNoReturn):
            yield "point_of_no_return.checked", {"passed": "no"}
        else:
            yield from super().answer(instruction)

    def attempt(self, run: RunStep) -> Said:
        """No step of these plans has a `when`, so none is left out."""
        step = {"step": run.path, "attempt": run.attempt}
        yield "step.intent", {**step, "deadline": ""}
        result = self.random.choice(["passed"] * 4 + ["failed", "timeout", "denied", "interrupted", ""])
        if result:
            yield "step.finished", {**step, "result": result, "detail": ""}


@dataclass
class Heir(Lost):
    """Goes on elsewhere. ``effects`` are the steps that have had theirs; whoever is asked about one tells the truth."""

    journal: Journal = field(default_factory=journal_in_memory)
    effects: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def write(self, type_: str, data: Mapping[str, Any]) -> None:
        self.journal.append(type_, data)
        self.events = self.journal.events
        self.state = fold(self.events)

    def attempt(self, run: RunStep) -> Said:
        assert run.path not in self.effects, f"{run.path} has its effect twice, and nobody was asked"
        yield "step.intent", {"step": run.path, "attempt": run.attempt, "deadline": ""}
        result = self.random.choice(["passed", "passed", "failed"])
        if result == "passed":
            self.effects.add(run.path)
        yield "step.finished", {"step": run.path, "attempt": run.attempt, "result": result, "detail": ""}

    def settle(self, settle: SettleStep) -> Said:
        self.asked.append(settle.path)
        outcome = "done" if settle.path in self.effects else "run_again"
        how = self.random.choice(["person", "verify"])
        yield "step.settled", {"step": settle.path, "attempt": settle.attempt, "how": how, "outcome": outcome}


def effects_of(events: Sequence[Event], random: Random) -> set[str]:
    """Which steps have had their effect: those that ended well, and some of those that were going on."""
    state = fold(events)
    done = {path for path, step in state.steps.items() if step.result in GOOD - {"not_needed", "skipped"}}
    going_on = {path for path, step in state.steps.items() if step.is_open}
    return done | {path for path in going_on if random.random() < 0.5}


def copied(events: Sequence[Event]) -> Journal:
    journal = journal_in_memory()
    journal.append("run.started", STARTED)
    for event in events:
        journal.append(event.type, event.data)
    return journal


@given(plan=plans(), seed=st.integers(0, 1_000_000))
@settings(max_examples=examples(70), deadline=None)
def test_nothing_happens_twice_whatever_was_lost(plan: Plan, seed: int) -> None:
    random = Random(seed)
    lost = Lost(plan, random)
    lost.run()
    died = random.randint(0, len(lost.events))
    known = random.randint(max(0, died - 12), died)
    journal = copied(lost.events[:known])
    heir = Heir(plan, random, journal=journal, effects=effects_of(lost.events[:died], random))
    heir.write("run.resumed", {"tail": MISSING})
    doubt = Doubt(plan, journal, lambda _step: True)
    journal.listeners.append(doubt)
    doubt.begin(open_steps=True)
    heir.state = fold(journal.events)
    while not isinstance(instruction := heir.next(), Finish):
        for type_, data in heir.answer(instruction):
            heir.write(type_, data)
        assert len(journal.events) < 1000


def run_of(*steps: Step, events: Sequence[tuple[str, Mapping[str, Any]]] = ()) -> tuple[Plan, Journal, Doubt]:
    plan = Plan(metadata=Metadata(operation="op-1", level=2), phases=(Phase(id="p", steps=steps),))
    journal = journal_in_memory()
    journal.append("run.started", STARTED)
    for type_, data in (("phase.started", {"phase": "phases/p", "alternative": ""}), *events):
        journal.append(type_, data)
    journal.append("run.resumed", {"tail": MISSING})
    doubt = Doubt(plan, journal, lambda step: step.when is None)
    journal.listeners.append(doubt)
    return plan, journal, doubt


def marked(journal: Journal) -> list[str]:
    return [event.data["step"] for event in journal.events if event.data.get("result") == "interrupted"]


def settled(step: str, how: str, outcome: str) -> tuple[str, Mapping[str, Any]]:
    return "step.settled", {"step": step, "attempt": 1, "how": how, "outcome": outcome}


A, B, C = (Step(id=name, run="true") for name in "abc")


@pytest.mark.parametrize(
    ("how", "outcome", "next_one"),
    [
        ("verify", "done", True),
        ("person", "done", True),
        ("idempotent", "run_again", True),
        ("verify", "run_again", False),
        ("action", "run_again", False),
        ("action", "done", True),
        ("person", "run_again", False),
        ("person", "abort", False),
    ],
)
def test_what_is_learned_about_a_step_says_whether_the_next_is_doubted(how: str, outcome: str, next_one: bool) -> None:
    _, journal, doubt = run_of(A, B)
    doubt.begin(open_steps=True)
    assert marked(journal) == ["phases/p/a"]
    journal.append(*settled("phases/p/a", how, outcome))
    if outcome == "run_again":
        journal.append("step.intent", {"step": "phases/p/a", "attempt": 2, "deadline": ""})
        data = {"step": "phases/p/a", "attempt": 2, "result": "passed", "detail": ""}
        journal.append("step.finished", data)
    assert marked(journal)[1:] == (["phases/p/b"] if next_one else [])


def test_a_failure_that_others_follow_says_nothing_about_them() -> None:
    _, journal, doubt = run_of(Step(id="a", run="true", on_failure="continue"), B)
    doubt.begin(open_steps=True)
    journal.append(*settled("phases/p/a", "verify", "run_again"))
    data = {"step": "phases/p/a", "attempt": 2, "result": "failed", "detail": ""}
    journal.append("step.finished", data)
    assert marked(journal) == ["phases/p/a", "phases/p/b"]


def test_a_step_that_may_not_have_been_needed_says_nothing_about_the_next() -> None:
    plan, journal, _ = run_of(Step(id="a", run="true", when=Probe(run="true")), B)
    doubt = Doubt(plan, journal, lambda _step: True)
    journal.listeners[:] = [doubt]
    doubt.begin(open_steps=True)
    journal.append(*settled("phases/p/a", "verify", "run_again"))
    data = {"step": "phases/p/a", "attempt": 2, "result": "passed", "detail": ""}
    journal.append("step.finished", data)
    assert marked(journal) == ["phases/p/a", "phases/p/b"]


def test_what_is_not_needed_is_not_doubted() -> None:
    _, journal, doubt = run_of(Step(id="a", run="true", when=Probe(run="false")), B)
    doubt.begin(open_steps=True)
    assert marked(journal) == []
    journal.append("step.finished", {"step": "phases/p/a", "attempt": 0, "result": "not_needed", "detail": ""})
    assert marked(journal) == ["phases/p/b"]


def test_doubt_outlives_the_process_that_has_it() -> None:
    plan, journal, doubt = run_of(A, B)
    doubt.begin(open_steps=True)
    heir = journal_in_memory(journal.lines())
    heir.append("run.resumed", {"tail": "whole"})
    again = Doubt(plan, heir, lambda _step: True)
    assert again.is_alive
    heir.append(*settled("phases/p/a", "person", "run_again"))
    assert not Doubt(plan, heir, lambda _step: True).is_alive


def test_what_changes_nothing_outside_simply_begins_again() -> None:
    gate = Step(id="g", manual="Look.")
    intent = ("step.intent", {"step": "phases/p/g", "attempt": 1, "deadline": ""})
    _, journal, doubt = run_of(gate, B, events=[intent])
    doubt.begin(open_steps=True)
    assert marked(journal) == []


def test_an_open_step_is_left_to_the_machine_that_still_has_it() -> None:
    intent = ("step.intent", {"step": "phases/p/a", "attempt": 1, "deadline": ""})
    _, journal, doubt = run_of(A, B, events=[intent])
    doubt.begin(open_steps=False)
    assert marked(journal) == []
    doubt.begin(open_steps=True)
    assert marked(journal) == ["phases/p/a"]


@pytest.mark.parametrize(
    ("types", "mirrored", "missing"),
    [
        (["step.intent"], True, True),
        (["step.intent"], False, False),
        (["run.interrupted", "message.sent", "warning"], True, False),
        (["run.finished"], True, False),
        (["journal.full", "step.intent"], False, True),
        (["journal.full", "run.interrupted"], False, False),
        (["journal.full", "step.intent", "journal.whole", "step.finished"], False, False),
        (["journal.full", "run.resumed", "step.intent"], False, False),
        ([], True, True),
    ],
)
def test_when_the_end_may_be_missing(types: list[str], mirrored: bool, missing: bool) -> None:
    journal = journal_in_memory()
    for type_ in types:
        journal.append(type_)
    assert end_may_be_missing(journal.events, mirrored=mirrored) is missing
