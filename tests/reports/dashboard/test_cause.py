"""Why a rollback missed its SLA: each answer comes out of its own record."""

from __future__ import annotations

from rollback_gov.reports.dashboard.cause import Cause, causes
from rollback_gov.reports.fact import NotMeasured
from tests.reports import journals
from tests.reports.dashboard.seen import facts, golden, late


def told(found: tuple[Cause, ...]) -> list[tuple[str, str, float | None]]:
    return [(cause.kind, cause.what, None if isinstance(cause.over, NotMeasured) else cause.over) for cause in found]


def test_one_that_failed_names_the_last_failure_and_no_time() -> None:
    (cause,) = causes(golden("failed").facts)
    assert (cause.kind, cause.what) == ("failed", "Failed in “Database back to schema 1”")
    assert cause.detail == "expected exit code 0, saw 1"
    assert isinstance(cause.over, NotMeasured)


def test_of_several_failures_the_last_is_the_one_that_was_not_made_good() -> None:
    story = journals.Story().start().permit().phase("phases/drain", "Stop traffic", alternative="weight")
    story.step("phases/drain/weight/set", 2, "failed", detail="no route")
    story.phase("phases/drain", "Stop traffic", alternative="cut").step("phases/drain/cut/it", 2)
    story.end_phase("phases/drain", 4, alternative="cut").phase("phases/database", "Database rollback")
    story.step("phases/database/restore", 3, "failed", detail="no backup")
    story.end_phase("phases/database", 3, result="failed").end("failed", 9)
    (cause,) = causes(facts(story))
    assert (cause.what, cause.detail) == ("Failed in “Database rollback”", "no backup")


def test_one_that_failed_before_any_step_says_what_the_run_says() -> None:
    story = journals.Story().start().end("failed", 3, detail="a capture was lost")
    assert causes(facts(story)) == (Cause(kind="failed", what="Failed", detail="a capture was lost"),)


def test_one_that_was_given_up_says_who_and_why() -> None:
    story = journals.Story().start().end("aborted", 30, detail="ann: false alarm")
    (cause,) = causes(facts(story))
    assert (cause.kind, cause.detail) == ("given up", "ann: false alarm")


def test_a_phase_that_took_longer_than_its_budget() -> None:
    assert told(causes(facts(late()))) == [("phase", "“Database rollback” took longer than its budget", 120)]


def test_time_at_a_gate_is_that_of_people_and_not_of_its_phase() -> None:
    found = causes(facts(late(1000, phase=300, budget=180, gate=250)))
    assert told(found) == [("people", "It waited for people at gates", 250)]


def test_the_largest_part_comes_first_and_small_ones_are_left_out() -> None:
    found = causes(facts(late(1200, phase=400, budget=180, gate=100, first=200)))
    assert told(found) == [
        ("start", "The first command came late", 200),
        ("phase", "“Database rollback” took longer than its budget", 120),
        ("people", "It waited for people at gates", 100),
    ]


def test_a_fall_back_says_so() -> None:
    story = journals.Story().start(sla_seconds=40).permit()
    story.phase("phases/database", "Database rollback", budget=20, alternative="dump").wait(30)
    story.phase("phases/database", "Database rollback", budget=20, alternative="backup").wait(20)
    story.end_phase("phases/database", 50, alternative="backup").verify(50).end("passed", 50)
    (cause,) = causes(facts(story))
    assert (cause.over, cause.detail) == (30, "only its second way worked")


def test_phases_that_kept_budgets_which_are_too_large_together() -> None:
    story = journals.Story().start(sla_seconds=100).permit()
    for name in ("drain", "database"):
        story.phase(f"phases/{name}", name, budget=60).wait(55).end_phase(f"phases/{name}", 55)
    story.verify(110).end("passed", 110)
    found = causes(facts(story))
    assert told(found) == [("budgets", "The budgets of its phases add up to more than the SLA", 20)]


def test_time_that_no_part_explains() -> None:
    found = causes(facts(late(1000, phase=100, budget=180, first=1)))
    assert told(found) == [("rest", "No phase alone: time was lost between and beside them", 100)]


def test_a_run_without_an_sla_or_without_an_end_has_none() -> None:
    assert causes(facts(late(sla_seconds=0))) == ()
    assert causes(facts(journals.Story().start())) == ()
