"""What may happen now: for every strategy and every order of ends, the promises of a strategy hold."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rollback_gov.execution.regions.coordination import Coordination, coordination, gate_before
from rollback_gov.execution.regions.turn import (
    AskGate,
    Begin,
    End,
    Hold,
    LeaveOut,
    Turn,
    Wait,
    in_words,
    next_turn,
)
from rollback_gov.model.event import Event
from rollback_gov.model.plan import Strategy


@dataclass
class Run:
    """A rollback of regions whose events a test writes; it notes what every rule is about."""

    strategy: Strategy
    order: tuple[str, ...]
    events: list[Event] = field(default_factory=list)
    began: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        strategy = {name: getattr(self.strategy, name) for name in ("max_parallel", "gate_between", "max_failures")}
        regions = [{"region": region, "sla_seconds": 600} for region in self.order]
        self.add("run.started", regions=regions, strategy=strategy)

    def add(self, type_: str, **data: Any) -> None:
        self.events.append(Event(seq=len(self.events) + 1, at="", monotonic=0, type=type_, data=data, previous=""))

    @property
    def state(self) -> Coordination:
        return coordination(self.events)

    def turn(self) -> Turn:
        return next_turn(self.state)

    def begin(self, *regions: str) -> None:
        for region in regions:
            self.began.append(region)
            self.add("region.started", region=region, decided_at="then")

    def end(self, region: str, result: str = "passed") -> None:
        self.add("region.finished", region=region, result=result, detail="", seconds=5.0, sla_met=result == "passed")

    def wait(self, region: str) -> None:
        self.add("region.waits", region=region, detail="asks")

    def decide(self, path: str, decision: str, reason: str = "") -> None:
        self.asked.append(path)
        self.add("gate.decided", step=path, decision=decision, reason=reason, seconds=2.0)

    def take(self, turn: Turn, answer: str = "approved") -> None:
        """Do what the turn says, as the conductor does."""
        if isinstance(turn, Begin):
            self.begin(*turn.regions)
        elif isinstance(turn, AskGate):
            self.decide(turn.path, answer)
        elif isinstance(turn, LeaveOut):
            for region in turn.regions:
                self.add("region.not_started", region=region, reason=turn.reason, detail=turn.detail)


def run(*order: str, **strategy: Any) -> Run:
    return Run(Strategy(**strategy), order or ("a", "b", "c"))


def test_one_after_the_other_in_their_order() -> None:
    on = run()
    for region in "abc":
        assert on.turn() == Begin((region,))
        on.begin(region)
        assert on.turn() == Wait()
        on.end(region)
    assert on.turn() == End("passed", "")


def test_a_free_place_is_taken_at_once() -> None:
    on = run(max_parallel=2)
    assert on.turn() == Begin(("a", "b"))
    on.begin("a", "b")
    on.end("b")
    assert on.turn() == Begin(("c",))


def test_a_gate_stands_between_batches_and_is_asked_once() -> None:
    on = run("a", "b", "c", "d", max_parallel=2, gate_between="approval")
    on.begin("a", "b")
    on.end("a")
    assert on.turn() == Wait(), "the batch has not ended"
    on.end("b")
    assert on.turn() == AskGate(gate_before("c"), ("c", "d"))
    on.decide(gate_before("c"), "approved")
    assert on.turn() == Begin(("c", "d"))


@pytest.mark.parametrize(("decision", "reason"), [("denied", ""), ("deadline", "deny")])
def test_a_gate_without_a_yes_stops_what_has_not_begun(decision: str, reason: str) -> None:
    on = run(gate_between="approval")
    on.begin("a")
    on.end("a")
    on.decide(gate_before("b"), decision, reason)
    turn = on.turn()
    assert isinstance(turn, LeaveOut)
    assert (turn.regions, turn.reason) == (("b", "c"), "gate")
    on.take(turn)
    assert on.turn() == End("failed", "b, c not rolled back")


def test_a_deadline_that_says_proceed_is_a_yes() -> None:
    on = run(gate_between="approval")
    on.begin("a")
    on.end("a")
    on.decide(gate_before("b"), "deadline", "proceed")
    assert on.turn() == Begin(("b",))


def test_after_too_many_failures_none_begins_and_what_runs_goes_on() -> None:
    on = run(max_parallel=2)
    on.begin("a", "b")
    on.end("a", "failed")
    turn = on.turn()
    assert turn == LeaveOut(("c",), "failures", "a failed, and the plan goes on after none")
    on.take(turn)
    assert on.turn() == Wait()
    on.end("b")
    assert on.turn() == End("failed", "a failed, c not rolled back")


def test_failures_that_are_allowed_stop_nothing_and_are_still_failures() -> None:
    on = run(max_failures=1)
    on.begin("a")
    on.end("a", "aborted")
    assert on.turn() == Begin(("b",))
    on.begin("b")
    on.end("b")
    on.begin("c")
    on.end("c")
    assert on.turn() == End("failed", "a failed")


def test_a_region_that_waits_for_a_person_keeps_its_place() -> None:
    on = run()
    on.begin("a")
    on.wait("a")
    assert on.turn() == Hold(("a",))
    on.add("run.resumed")
    assert on.turn() == Begin(("a",))


def test_regions_of_a_dead_process_go_on_before_any_other_begins() -> None:
    on = run("a", "b", "c", "d", max_parallel=2, gate_between="approval")
    on.begin("a")
    on.add("run.resumed")
    assert on.turn() == Begin(("a",))
    on.begin("a")
    assert on.turn() == Begin(("b",)), "it belongs to the same batch"


def test_a_strategy_in_words() -> None:
    assert in_words(Strategy()) == "1 at a time, no gate between them, none begins after more than 0 failed"


strategies = st.builds(
    Strategy,
    max_parallel=st.integers(1, 4),
    gate_between=st.sampled_from(["none", "approval"]),
    max_failures=st.integers(0, 3),
)
choices = st.lists(
    st.tuples(st.integers(0, 10), st.sampled_from(["passed", "passed", "failed", "aborted", "waits", "dies"])),
    max_size=60,
)


@given(strategies, st.integers(1, 7), choices, st.lists(st.sampled_from(["approved", "approved", "denied"])))
def test_every_strategy_keeps_its_promises(
    strategy: Strategy, count: int, ends: list[tuple[int, str]], answers: list[str]
) -> None:
    on = Run(strategy, tuple(f"r{number}" for number in range(count)))
    for _ in range(300):
        turn, state = on.turn(), on.state
        check(on, turn, state)
        if isinstance(turn, End):
            break
        if isinstance(turn, Hold):
            on.add("run.resumed")
        elif not isinstance(turn, Wait):
            on.take(turn, answers.pop() if answers else "approved")
        if running := on.state.those("running"):
            which, how = ends.pop() if ends else (0, "passed")
            happen(on, running[which % len(running)], how)
    assert isinstance(on.turn(), End), "it comes to an end"
    assert len(on.asked) == len(set(on.asked)), "a gate is asked once"
    assert on.state.those("running", "waits", "open", "") == ()


def happen(on: Run, region: str, how: str) -> None:
    if how == "waits":
        on.wait(region)
    elif how == "dies":
        on.add("run.resumed")
    else:
        on.end(region, how)


def check(on: Run, turn: Turn, state: Coordination) -> None:
    strategy, failed = on.strategy, len(state.those("failed", "aborted"))
    assert len(state.those("running", "waits", "open")) <= strategy.max_parallel
    first_time = list(dict.fromkeys(on.began))
    assert first_time == list(on.order[: len(first_time)]), "the order is kept"
    if isinstance(turn, Begin):
        fresh = [region for region in turn.regions if not state.regions[region]]
        assert not fresh or failed <= strategy.max_failures, "none begins after too many failures"
        assert len(state.those("running", "waits")) + len(turn.regions) <= strategy.max_parallel
        denied = [path for path, decision in state.gates.items() if decision != "approved"]
        assert not (fresh and denied), "a denied gate stops what has not begun"
    if isinstance(turn, LeaveOut):
        assert set(turn.regions) == set(state.those("")), "what has begun is not cut off"
    if isinstance(turn, AskGate):
        assert not state.those("running", "waits", "open"), "a gate stands between batches"
    if isinstance(turn, End):
        everywhere = set(state.regions.values()) == {"passed"}
        assert (turn.result == "passed") is everywhere
