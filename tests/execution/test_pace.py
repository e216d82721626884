"""A run against time, with a clock whose hands the test moves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from rollback_gov.execution.journal import Journal
from rollback_gov.execution.pace import Pace
from rollback_gov.execution.state import fold
from tests.execution.conftest import Hands, Stage

Make = Callable[..., Stage]
LADDER = """
escalation:
  - {on: running, after: 1m, level: 1, name: On call, actions: [Call the DBA], notify: [pager, chat]}
  - {on: running, after: 5m, level: 2, actions: [Call the head]}
  - {on: failed, after: 0m, level: 1, actions: [Read the log]}
  - {on: failed, after: 15m, level: 2, actions: [Senior SRE]}
"""


@dataclass
class Running:
    """A run that has just been decided."""

    stage: Stage
    clock: Hands
    journal: Journal
    pace: Pace

    def after(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.pace.look()

    def tick_after(self, seconds: float) -> None:
        self.clock.sleep(seconds)
        self.pace.tick()

    def of(self, type_: str) -> list[dict[str, object]]:
        return [dict(event.data) for event in self.journal.events if event.type == type_]


@pytest.fixture
def running(stage: Make) -> Iterator[Callable[..., Running]]:
    opened: list[Journal] = []

    def make(more: str = "", *, sla: float = 600, answers: dict[str, str] | None = None) -> Running:
        clock = Hands()
        scene = stage(f"phases: [{{id: one, steps: [{{id: a, run: x}}]}}]\n{more}", clock=clock, sla_seconds=sla)
        if answers:
            scene.console.interactive, scene.console.answers = True, answers
        context = scene.context
        journal = Journal(scene.incident, clock)
        opened.append(journal)
        if not journal.events:
            scene.begin(journal)
        return Running(scene, clock, journal, Pace(context, journal, fold(journal.events)))

    yield make
    for journal in opened:
        journal.close()


def test_a_run_in_time_is_silent(running: Callable[..., Running]) -> None:
    run = running(LADDER)
    run.after(59)
    assert len(run.journal.events) == 1
    assert run.stage.console.lines == []


def test_a_breach_of_the_sla_is_noted_once(running: Callable[..., Running]) -> None:
    run = running(sla=60)
    run.after(60)
    assert run.of("sla.breached") == []
    run.after(30)
    run.after(30)
    assert run.of("sla.breached") == [{"scope": "total", "limit_seconds": 60, "seconds": 90, "consequence": ""}]
    assert run.stage.console.lines == ["  SLOWER than the SLA: 1m30s of 1m"]


def test_the_level_says_what_a_breach_leads_to(running: Callable[..., Running]) -> None:
    run = running(sla=60)
    run.pace.state.started = {**run.pace.state.started, "breach": "executive review"}
    run.after(61)
    assert run.of("sla.breached")[0]["consequence"] == "executive review"
    assert run.stage.console.lines == ["  SLOWER than the SLA: 1m1s of 1m; this leads to: executive review"]


def test_without_an_sla_there_is_no_breach(running: Callable[..., Running]) -> None:
    run = running(sla=0)
    run.after(100_000)
    assert run.of("sla.breached") == []


def test_budgets_of_phases_are_breached_apart(running: Callable[..., Running]) -> None:
    run = running()
    run.pace.breach("phases/one", 30, 29.5)
    run.pace.breach("phases/one", 30, 31)
    run.pace.breach("phases/one", 30, 40)
    run.pace.breach("phases/two", 0, 999)
    assert run.of("sla.breached") == [{"scope": "phases/one", "limit_seconds": 30, "seconds": 31, "consequence": ""}]
    assert run.stage.console.lines == ["  SLOWER than the budget of phases/one: 31.0s of 30.0s"]


def test_the_ladder_is_climbed_rung_by_rung(running: Callable[..., Running]) -> None:
    run = running(LADDER)
    run.after(60)
    assert run.of("escalated") == [
        {"level": 1, "on": "running", "after_seconds": 60, "actions": ["Call the DBA"], "notify": ["pager", "chat"]}
    ]
    assert run.stage.console.lines == ["  ESCALATION level 1 (On call):", "    - Call the DBA"]
    assert run.stage.sent == [("escalated", {"text": "Call the DBA", "level": "1", "channels": "pager,chat"})]
    run.after(100)
    run.after(140)
    assert [entry["level"] for entry in run.of("escalated")] == [1, 2]


def test_rungs_that_were_missed_are_climbed_together(running: Callable[..., Running]) -> None:
    run = running(LADDER)
    run.after(1000)
    assert [(entry["on"], entry["level"]) for entry in run.of("escalated")] == [("running", 1), ("running", 2)]


def test_a_failed_run_has_a_ladder_of_its_own(running: Callable[..., Running]) -> None:
    run = running(LADDER)
    run.pace.climb("failed", 0)
    run.pace.climb("failed", 900)
    assert [(entry["on"], entry["level"]) for entry in run.of("escalated")] == [("failed", 1), ("failed", 2)]


def test_after_the_verification_the_sla_is_behind_us(running: Callable[..., Running]) -> None:
    run = running(LADDER, sla=60)
    run.pace.state.verified = True
    run.after(10_000)
    assert run.of("sla.breached") == []
    assert run.of("escalated") == []


def test_what_was_noted_is_not_noted_again_by_the_next_process(running: Callable[..., Running]) -> None:
    run = running(LADDER, sla=30)
    run.after(61)
    count = len(run.journal.events)
    heir = Pace(run.pace.context, run.journal, fold(run.journal.events))
    heir.look()
    assert len(run.journal.events) == count
    assert heir.watch.elapsed == 61


@pytest.mark.parametrize(
    ("then", "answer", "stops"),
    [("escalate", "", False), ("stop", "", True), ("ask", "n", True), ("ask", "y", False), ("ask", "", False)],
)
def test_the_timeout_of_the_whole_run(running: Callable[..., Running], then: str, answer: str, stops: bool) -> None:
    answers = {"Go on?": answer} if answer else None
    run = running(f"timeout: {{after: 5m, then: {then}}}", answers=answers)
    run.after(300)
    assert run.of("escalated") == []
    run.after(1)
    assert run.pace.timed_out == stops
    assert [entry["on"] for entry in run.of("escalated")] == ["timeout"]
    assert run.stage.sent == [("escalated", {"text": "the run has taken longer than its timeout of 5m"})]
    run.after(1)
    assert len(run.of("escalated")) == 1


def test_a_clock_that_is_set_back_breaches_nothing_and_lengthens_nothing(running: Callable[..., Running]) -> None:
    from datetime import timedelta

    run = running(LADDER, sla=60)
    run.clock.wall -= timedelta(hours=3)
    run.after(50)
    assert len(run.journal.events) == 1
    run.after(11)
    assert run.of("sla.breached") == [{"scope": "total", "limit_seconds": 60, "seconds": 61, "consequence": ""}]


# While a step, a gate or a pause goes on


def test_the_ladder_is_climbed_in_the_middle_of_a_step(running: Callable[..., Running]) -> None:
    run = running(LADDER, sla=100)
    run.tick_after(61)
    run.tick_after(40)
    assert [entry["level"] for entry in run.of("escalated")] == [1]
    assert [entry["scope"] for entry in run.of("sla.breached")] == ["total"]


def test_the_clock_is_looked_at_twice_a_second_at_most(running: Callable[..., Running]) -> None:
    run = running(sla=0.1)
    run.tick_after(0.4)
    assert run.of("sla.breached") == []
    run.tick_after(0.2)
    assert len(run.of("sla.breached")) == 1


def test_people_hear_that_a_phase_begins(running: Callable[..., Running]) -> None:
    run = running()
    run.tick_after(200)
    run.pace.entered("Database rollback")
    assert run.stage.sent == [("progress", {"phase": "Database rollback", "elapsed": "3m20s"})]


CONTACTS = """
contacts:
  - {role: On call, reach: The pager}
  - {role: DBA, reach: dba-pager, when: {after: 10m, while: running}}
  - {role: Head, reach: "555-1234", when: {after: 30m}}
  - {role: Vendor, reach: hotline, when: {after: 2m, while: failed}}
  - {role: Lawyer, reach: legal, when: Data is lost}
"""


def test_contacts_are_called_when_their_time_has_come_and_once(running: Callable[..., Running]) -> None:
    run = running(CONTACTS)
    for minutes in (9, 2, 5, 15, 60):
        run.tick_after(minutes * 60)
    called = [(entry["contact"], entry["level"], entry["on"], entry["actions"]) for entry in run.of("escalated")]
    assert called == [
        ("DBA", 0, "running", ["Call DBA: dba-pager"]),
        ("Head", 0, "running", ["Call Head: 555-1234"]),
    ]
    assert run.stage.sent == [
        ("escalated", {"text": "Call DBA: dba-pager", "reach": "dba-pager"}),
        ("escalated", {"text": "Call Head: 555-1234", "reach": "555-1234"}),
    ]
    assert "  CALL DBA: dba-pager" in run.stage.console.lines
    assert run.pace.to_come("failed") == [120]
    again = Pace(run.stage.context, run.journal, fold(run.journal.events))
    again.look()
    assert len(run.of("escalated")) == 2, "a process that goes on calls nobody twice"


def test_after_a_failure_those_are_called_who_are_for_it(running: Callable[..., Running]) -> None:
    run = running(CONTACTS + LADDER)
    assert run.pace.to_come("failed") == [0, 120, 900]
    run.pace.climb("failed", 130)
    assert [entry.get("contact") for entry in run.of("escalated")] == ["Vendor", None]
    assert run.pace.to_come("failed") == [900]


def test_a_verified_rollback_calls_nobody_any_more(running: Callable[..., Running]) -> None:
    run = running(CONTACTS)
    run.pace.state.verified = True
    run.tick_after(3600)
    assert run.of("escalated") == []


@pytest.mark.parametrize(("then", "signal"), [("stop", "timeout"), ("escalate", ""), ("ask", "")])
def test_a_timeout_that_stops_does_not_wait_for_the_step(
    running: Callable[..., Running], then: str, signal: str
) -> None:
    run = running(f"timeout: {{after: 5m, then: {then}}}")
    run.tick_after(299)
    assert run.stage.stop.signal == ""
    run.tick_after(2)
    assert run.stage.stop.signal == signal
    assert run.pace.timed_out == (then == "stop")
    run.tick_after(2)
    assert len(run.of("escalated")) == (1 if then == "stop" else 0)
    run.pace.let_go()
    assert run.stage.stop.signal == ""


def test_somebody_elses_wish_to_stop_stays(running: Callable[..., Running]) -> None:
    run = running("timeout: {after: 5m, then: stop}")
    run.stage.stop.signal = "SIGTERM"
    run.tick_after(301)
    run.pace.let_go()
    assert run.stage.stop.signal == "SIGTERM"


def test_a_rung_may_be_taken_before_its_time(running: Callable[..., Running]) -> None:
    run = running(LADDER)
    assert run.pace.climb_one()
    assert [(entry["on"], entry["level"]) for entry in run.of("escalated")] == [("running", 1)]
    assert run.pace.climb_one()
    assert not run.pace.climb_one()


def test_the_times_of_the_rungs_to_come(running: Callable[..., Running]) -> None:
    run = running(LADDER)
    assert run.pace.to_come("failed") == [0, 900]
    run.pace.climb("failed", 0)
    assert run.pace.to_come("failed") == [900]


def test_a_step_that_the_timeout_of_the_run_ended_says_so(stage: Callable[..., Stage]) -> None:
    run = stage("timeout: {after: 100ms, then: stop}\nphases: [{id: one, steps: [{id: a, run: sleep 20}]}]")
    assert run.run().detail == "the whole run took longer than its timeout"
    (end,) = run.of("step.finished")
    assert (end["result"], end["detail"]) == ("interrupted", "the time of the whole run was over")
