"""The windows after a rollback in the report."""

from __future__ import annotations

from rollback_gov.reports.after import after, stabilised
from rollback_gov.reports.fact import Derived, NotMeasured
from rollback_gov.reports.incident import incident
from rollback_gov.reports.markdown import incident_markdown
from rollback_gov.reports.record import incident_record
from tests.reports import journals
from tests.triggers.test_windows import BEGAN, Book, window

NOON_AND = "2027-01-15T08:"


def watched(*results: str, verdict: str = "") -> Book:
    book = Book(window("settling", "2m", "1m"))
    for number, result in enumerate(results, 1):
        book.see("settling", number, result, "up is `0`" if result == "alarmed" else "")
    if verdict:
        book.write("verdict", {"window": "settling", "verdict": verdict})
    return book


def test_where_nobody_watched_nothing_is_said() -> None:
    facts = incident(journals.passed().events)
    assert facts.after == ()
    assert facts.times.stabilised == NotMeasured("nobody watched after the rollback")
    assert "### After the rollback" not in incident_markdown(facts, journals.passed().events)


def test_quiet_windows_say_when_the_system_was_stable() -> None:
    (fact,) = windows = after(watched("quiet", "quiet", verdict="quiet").lines)
    assert (fact.verdict, fact.looks, fact.quiet, fact.missed) == ("quiet", 2, 2, 0)
    assert stabilised(windows) == Derived(fact.ends, "every window after the rollback was quiet")
    assert BEGAN == 1_800_000_000.0
    assert fact.ends == "2027-01-15T08:02:00.000Z"


def test_an_alarm_is_in_the_report_word_for_word_and_harmless() -> None:
    events = journals.passed().events
    facts = incident(events, watched("quiet", "alarmed", verdict="alarmed").lines)
    text = incident_markdown(facts, events)
    assert "| settling | 2027-01-15T08:02:00.000Z | alarmed | 2 | 1 | 1 | 0 | 0 |" in text
    assert "- settling: up is \\`0\\`" in text
    assert facts.times.stabilised == NotMeasured("not quiet from end to end: settling")
    (record,) = incident_record(facts)["after"]
    assert (record["verdict"], record["alarms"]) == ("alarmed", ["up is `0`"])


def test_a_window_that_goes_on_is_not_over() -> None:
    assert [fact.verdict for fact in after(watched("quiet").lines)] == ["not over"]
