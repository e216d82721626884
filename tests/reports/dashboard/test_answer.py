from __future__ import annotations

from rollback_gov.reports.dashboard.answer import Answer, answer
from rollback_gov.reports.dashboard.history import Read, history
from rollback_gov.reports.dashboard.timed import Seen
from tests.reports import journals
from tests.reports.dashboard.seen import NOW, golden, late, seen


def told(*runs: Seen) -> Answer:
    return answer(history(Read(now=NOW, runs=runs)))


def test_without_a_rollback_nothing_is_claimed() -> None:
    assert told() == Answer(
        headline="No rollback with an SLA has ended yet", of="There is no rollback of production here."
    )


def test_an_sla_that_was_never_put_to_the_test_was_not_met() -> None:
    found = told(seen(journals.Story().start()), seen(late(sla_seconds=0)))
    assert found.headline == "No rollback with an SLA has ended yet"
    assert found.of == "Nothing can be said about an SLA before."


def test_all_of_them_met_it() -> None:
    one = told(golden("passed"))
    assert (one.headline, one.of) == (
        "orders met its SLA every time",
        "1 rollback with an SLA, verified in time.",
    )
    two = told(golden("passed"), golden("resumed"))
    assert two.headline == "All 2 services met their SLA every time"
    assert two.of == "2 rollbacks with an SLA, each verified in time."


def test_who_missed_it_of_how_many_and_why() -> None:
    found = told(golden("passed"), golden("failed"), golden("resumed"))
    assert found.headline == "orders could not meet its SLA"
    assert found.of == "1 of 3 rollbacks with an SLA took too long or was never verified: 1 of 2 services."
    assert found.mostly == ("Failed in “Database back to schema 1” (1)",)


def test_of_many_services_three_are_named_and_the_others_counted() -> None:
    found = told(*(seen(late(services=[name])) for name in ("e", "d", "c", "b", "a")))
    assert found.headline == "a, b, c and 2 more could not meet their SLA"
    assert found.of == "5 of 5 rollbacks with an SLA took too long or were never verified: 5 of 5 services."
    assert found.mostly == ("“Database rollback” took longer than its budget (5)",)


def test_a_rollback_that_names_no_service() -> None:
    assert told(seen(late(services=[]))).headline == "A rollback that names no service could not meet its SLA"


def test_a_name_without_end_is_cut_in_the_sentence() -> None:
    long = "x" * 300
    assert told(seen(late(services=[long]))).headline == f"{'x' * 60}… could not meet its SLA"
    assert told(seen(late(800, services=[long]))).headline == f"{'x' * 60}… met its SLA every time"


def test_regions_are_said_where_they_are_counted() -> None:
    found = told(golden("passed"), golden("failed"), golden("regional"))
    assert found.of.startswith("2 of 5 rollbacks with an SLA (each region counts) took too long or were never verified")
