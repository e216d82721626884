from __future__ import annotations

from rollback_gov.reports.dashboard.figures import Share, Spread
from rollback_gov.reports.dashboard.services import services, whys
from rollback_gov.reports.dashboard.timed import Seen, timed
from rollback_gov.reports.fact import NotMeasured
from tests.reports import journals
from tests.reports.dashboard.seen import golden, late, seen


def rows(*runs: Seen) -> dict[str, object]:
    clocks = [clock for run in runs for clock in timed(run)]
    found = services(clocks, [(run.facts.identity.services, run.facts.standing.outcome) for run in runs])
    return {row.name: row for row in found}


def test_those_with_the_most_misses_come_first() -> None:
    found = rows(
        *(seen(late(800, services=["mail"])) for _ in range(4)),
        seen(late(services=["search"])),
        seen(late(services=["orders", "search"])),
        seen(late(800, services=["orders"])),
    )
    assert list(found) == ["search", "orders", "mail"]


def test_regions_count_for_the_sla_and_the_run_for_the_rest() -> None:
    clocks = list(timed(golden("regional")))
    (row, _) = services(clocks, [(("orders", "checkout"), "failed")])
    assert (row.rollbacks, row.succeeded, row.kept) == (1, Share(0, 1), Share(2, 3))
    assert isinstance(row.took, Spread)
    assert row.took.n == 2
    assert [clock.place for clock in row.missed] == ["production, europe"]


def test_what_has_not_ended_is_counted_in_no_share() -> None:
    run = seen(journals.Story().start(services=["mail"]))
    (row,) = services(timed(run), [(("mail",), "not ended")])
    assert (row.rollbacks, row.succeeded.whole, row.kept.whole) == (1, 0, 0)
    assert isinstance(row.took, NotMeasured)


def test_reasons_are_counted_by_the_first_of_each_run() -> None:
    runs = [late(1000), late(1100, phase=400), late(950, phase=0, budget=0, first=40, gate=0)]
    clocks = [clock for story in runs for clock in timed(seen(story))]
    first, second = whys(clocks)
    assert (first.count, first.what) == (2, "“Database rollback” took longer than its budget")
    assert first.over == Spread(n=2, middle=170, ninth=220, most=220)
    assert (second.count, second.what) == (1, "The first command came late")


def test_a_reason_without_a_time_says_so_and_gives_the_latest_words() -> None:
    older = journals.Story().start(decided_at="2026-01-01T00:00:00Z").end("aborted", 3, detail="ann: no")
    newer = journals.Story().start(decided_at="2026-02-01T00:00:00Z").end("aborted", 3, detail="ben: no")
    (why,) = whys([clock for story in (newer, older) for clock in timed(seen(story))])
    assert (why.count, why.example) == (2, "ben: no")
    assert isinstance(why.over, NotMeasured)
