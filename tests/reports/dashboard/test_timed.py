from __future__ import annotations

import pytest

from rollback_gov.reports.dashboard.timed import NO_SERVICE, timed
from rollback_gov.reports.fact import NotMeasured
from tests.reports import journals
from tests.reports.dashboard.seen import golden, late, seen


def test_a_run_is_one_clock() -> None:
    (clock,) = timed(seen(late(), "./op-7/incident_report.html"))
    assert (clock.seconds, clock.limit, clock.met, clock.outcome) == (1000, 900, False, "passed")
    assert (clock.place, clock.report, clock.services) == ("production", "./op-7/incident_report.html", ("api", "auth"))
    assert clock.share == pytest.approx(1000 / 900)
    assert [cause.kind for cause in clock.causes] == ["phase"]


def test_a_run_of_several_regions_is_a_clock_for_each() -> None:
    clocks = {clock.place: clock for clock in timed(golden("regional"))}
    assert list(clocks) == ["production, asia", "production, america", "production, europe"]
    assert [clock.met for clock in clocks.values()] == [True, True, False]
    assert [cause.what for cause in clocks["production, europe"].causes] == ["Failed in “Open the old cluster”"]
    assert clocks["production, asia"].causes == ()


def test_a_region_without_a_journal_says_what_the_run_says_of_it() -> None:
    whole = golden("regional")
    clocks = list(timed(type(whole)(facts=whole.facts)))
    (cause,) = clocks[-1].causes
    assert (cause.what, cause.detail) == ("No record of the region", "phase 'database' failed")


def test_one_that_was_in_time_needs_no_reason() -> None:
    (clock,) = timed(golden("passed"))
    assert clock.met is True
    assert clock.causes == ()


def test_a_plan_that_names_no_service_counts_under_words_for_it() -> None:
    (clock,) = timed(seen(late(services=[])))
    assert clock.services == (NO_SERVICE,)


@pytest.mark.parametrize(
    ("decided", "kept"),
    [
        ("", ""),
        ("noon", ""),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z"),
        ("2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000Z"),
    ],
)
def test_what_is_no_time_is_none(decided: str, kept: str) -> None:
    (clock,) = timed(seen(journals.Story().start(decided_at=decided)))
    assert clock.decided == kept


def test_without_an_sla_or_an_end_there_is_no_share() -> None:
    (without,) = timed(seen(late(sla_seconds=0)))
    assert isinstance(without.share, NotMeasured)
    assert isinstance(without.met, NotMeasured)
    (open_,) = timed(seen(journals.Story().start()))
    assert isinstance(open_.share, NotMeasured)
