from __future__ import annotations

from rollback_gov.reports.fact import Derived, Entered, Measured, NotMeasured, Seconds
from rollback_gov.reports.incident import incident
from rollback_gov.reports.log import Log
from rollback_gov.reports.pace import Sla, times
from tests.reports import journals
from tests.reports.journals import Story

UNKNOWN = NotMeasured("unknown")


def of(story: Story) -> Sla:
    return incident(story.events).sla


def test_the_clock_runs_from_the_decision_until_verified() -> None:
    fact = of(journals.passed())
    assert fact.duration == Measured(Seconds(840), "from the decision until verified")
    assert fact.limit == Entered(Seconds(900), "plan or level")
    assert fact.met == Derived(True, "duration against the limit")
    assert fact.target_met == Derived(False, "duration against the limit")
    assert fact.buffer == Derived(Seconds(60), "the SLA less the duration")


def test_a_run_that_was_too_slow_says_by_how_much() -> None:
    fact = of(Story().start().verify(1000.5).end("passed", 1000.5, sla_met=False))
    assert fact.met == Derived(False, "duration against the limit")
    assert fact.buffer == Derived(Seconds(-100.5), "the SLA less the duration")


def test_a_failed_run_has_missed_its_sla_however_fast_it_failed() -> None:
    fact = of(Story().start().end("failed", 5))
    assert fact.met == Derived(False, "duration against the limit")
    assert fact.buffer == NotMeasured("it was never verified")


def test_a_run_that_was_verified_and_failed_afterwards_has_not_met_it() -> None:
    assert of(Story().start().verify(5).end("failed", 9)).met == Derived(False, "duration against the limit")


def test_a_run_that_is_verified_and_still_cleans_up_has_met_it() -> None:
    assert of(Story().start().verify(5)).met == Derived(True, "duration against the limit")


def test_a_run_that_goes_on_has_neither_met_nor_missed_it() -> None:
    fact = of(Story().start())
    assert fact.duration == fact.met == fact.buffer == NotMeasured("the run has not ended")


def test_without_an_sla_nothing_is_compared() -> None:
    fact = of(Story().start(sla_seconds=0, target_seconds=0).verify(5).end("passed", 5))
    assert fact.limit == fact.met == fact.buffer == fact.target_met == NotMeasured("there is none")


def test_waiting_at_gates_is_counted_apart() -> None:
    assert of(journals.gated()).gate_time == Derived(Seconds(150), "the gates that were decided")
    waiting = Story().start().add("gate.waiting", step="phases/a/go", ask="Go?", deadline="")
    assert of(waiting).gate_time == Derived(Seconds(0), "the gates that were decided")


def test_the_moments_are_told_apart() -> None:
    fact = times(Log(journals.gated().events), Measured("2026-01-31T11:57:30.000Z", "metric"), UNKNOWN)
    assert fact.detected == Measured("2026-01-31T11:57:30.000Z", "metric")
    assert fact.decided == Measured("2026-01-31T12:00:00.000Z", "journal, run.started")
    assert fact.first_command == Measured("2026-01-31T12:01:30.000Z", "journal, step.intent")
    assert fact.approved == Measured("2026-01-31T12:01:30.000Z", "journal, gate.decided")
    assert fact.verified == NotMeasured("it never came to that")
    assert fact.finished == Measured("2026-01-31T12:03:00.000Z", "journal, run.finished")
    assert isinstance(fact.stabilised, NotMeasured)
    assert isinstance(fact.traffic_safe, NotMeasured)


def test_moments_that_are_still_to_come_are_unknown() -> None:
    fact = times(Log(Story().start(decided_at="").events), UNKNOWN, UNKNOWN)
    assert fact.verified == fact.finished == NotMeasured("the run has not ended")
    assert fact.first_command == NotMeasured("no step began")
    assert fact.approved == NotMeasured("no gate was approved")
    assert fact.decided == NotMeasured("nobody said")


def test_questions_after_the_rollback_is_verified_took_none_of_its_time() -> None:
    story = Story().start().verify(100)
    story.wait(1).add("gate.waiting", step="checklist/after", ask="All done?", deadline="")
    rest = {"decision": "all", "by": "ben", "reason": "", "seconds": 60, "executable": ""}
    story.wait(60).add("gate.decided", step="checklist/after", **rest)
    assert of(story).gate_time == Derived(Seconds(0), "the gates that were decided")
