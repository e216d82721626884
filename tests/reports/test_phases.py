from __future__ import annotations

from rollback_gov.reports.fact import Derived, Entered, Measured, NotMeasured, Seconds
from rollback_gov.reports.log import Log
from rollback_gov.reports.phases import phases
from tests.reports import journals
from tests.reports.journals import Story


def test_a_phase_has_its_time_and_its_budget() -> None:
    drain, database, verification = phases(Log(journals.passed().events))
    assert drain.seconds == Measured(Seconds(45), "journal, phase.finished")
    assert drain.budget == Entered(Seconds(60), "plan")
    assert drain.within_budget == Derived(True, "seconds against the budget")
    assert database.within_budget == Derived(False, "seconds against the budget")
    assert verification.path == "verification"


def test_an_alternative_that_failed_is_told_beside_the_one_that_was_taken() -> None:
    first, second, *_ = phases(Log(journals.fallen_back().events))
    assert (first.alternative, first.result) == ("restore-dump", "failed")
    assert first.seconds == Derived(Seconds(20), "until the next alternative began")
    assert first.within_budget == NotMeasured("the phase went on with alternative 'secondary-backup'")
    assert (second.alternative, second.result) == ("secondary-backup", "passed")


def test_phases_that_never_began_stand_at_the_end() -> None:
    *_, last = phases(Log(journals.gated().events))
    assert (last.title, last.result) == ("Database rollback", "not begun")
    assert last.seconds == NotMeasured("it never began")
    assert last.budget == Entered(Seconds(180), "plan")


def test_a_phase_that_still_runs_has_not_ended() -> None:
    story = Story().start().phase("phases/drain", "Stop traffic")
    running, to_come = phases(Log(story.events))
    assert (running.result, to_come.result) == ("not ended", "not begun")
    assert running.seconds == to_come.seconds == NotMeasured("the run has not ended")


def test_a_phase_without_a_budget_keeps_none() -> None:
    story = Story().phase("phases/a", "A", budget=0).end_phase("phases/a", 5)
    (phase,) = phases(Log(story.events))
    assert phase.budget == phase.within_budget == NotMeasured("the plan gives it no budget")


def test_a_clock_that_was_set_back_measures_no_alternative() -> None:
    story = Story().phase("phases/a", "A", alternative="one").wait(-5).phase("phases/a", "A", alternative="two")
    first, _ = phases(Log(story.events))
    assert isinstance(first.seconds, NotMeasured)
