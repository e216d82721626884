from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from rollback_gov.reports.dashboard import words
from rollback_gov.reports.dashboard.figures import Spread
from rollback_gov.reports.fact import Derived, NotMeasured, Seconds
from rollback_gov.reports.metrics.dora import Figures

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.0, "0.0 s"),
        (0.0004, "1 ms"),
        (0.024, "24 ms"),
        (0.1, "0.1 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min"),
        (860.0, "14 min 20 s"),
        (3_600.0, "1 h"),
        (7_500.0, "2 h 5 min"),
        (273_600.0, "3 d 4 h"),
        (-65.0, "-1 min 5 s"),
        (NotMeasured("why"), "NOT MEASURED"),
    ],
)
def test_spans(seconds: float | NotMeasured, shown: str) -> None:
    assert words.span(seconds) == shown


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        ("2026-03-10T08:00:00Z", "today"),
        ("2026-03-09T20:00:00Z", "yesterday"),
        ("2026-03-09T08:00:00Z", "1 day ago"),
        ("2025-03-10T12:00:00Z", "365 days ago"),
        ("2026-03-11T12:00:00Z", "in the future"),
        ("yesterday", "NOT MEASURED"),
        ("", "NOT MEASURED"),
    ],
)
def test_how_long_ago(at: str, shown: str) -> None:
    assert words.ago(at, NOON) == shown


def test_days_months_and_minutes() -> None:
    assert words.day("2026-03-10T08:15:00.000Z") == "2026-03-10"
    assert words.minute("2026-03-10T08:15:00.000Z") == "2026-03-10 08:15"
    assert words.month("2026-03-10T08:15:00.000Z") == "March 2026"
    assert {words.day(""), words.minute(""), words.month("")} == {"NOT MEASURED"}


def test_counts() -> None:
    assert words.count(1, "plan was", "plans were") == "1 plan was"
    assert words.count(1_204, "rollback") == "1,204 rollbacks"
    assert words.number(1_000) == "1,000"


@pytest.mark.parametrize(
    ("names", "shown"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a and b"),
        (("a", "b", "c"), "a, b and c"),
        (tuple("abcde"), "a, b, c and 2 more"),
    ],
)
def test_names_as_a_sentence_has_them(names: tuple[str, ...], shown: str) -> None:
    assert words.listed(names, 3) == shown


def test_a_name_that_no_sentence_can_hold_is_cut() -> None:
    assert words.short("x" * 60) == "x" * 60
    assert words.short("x" * 61) == "x" * 60 + "…"


def test_a_median_of_few_says_the_longest_and_of_many_what_nine_of_ten_did() -> None:
    one = Spread(n=1, middle=3, ninth=3, most=3)
    assert (words.lies(one, "rollback"), words.reach(one)) == ("of 1 rollback", "the only one")
    assert (
        words.lies(Spread(n=4, middle=3, ninth=60, most=90), "rollback")
        == "median of 4 rollbacks; the longest 1 min 30 s"
    )
    assert words.reach(Spread(n=10, middle=3, ninth=60, most=90)) == "nine of ten within 1 min"
    many = Spread(n=1_000, middle=3, ninth=60, most=90)
    assert words.lies(many, "rollback") == "median of 1,000 rollbacks; nine of ten within 1 min"


def test_of_how_many_deployments_a_rate_is_and_what_it_cannot_know() -> None:
    unknown = NotMeasured("no deployment in this time")
    none = Figures(
        deployments=0, failed=0, rate=unknown, failures=1, unmatched=1, recovered=0, from_decision=0, recovery=unknown
    )
    assert (words.failed(none), words.recovered(none)) == (unknown.why, unknown.why)
    some = replace(none, deployments=1, failed=1, rate=Derived(1.0, ""), recovery=Derived(Seconds(60), ""), recovered=2)
    assert words.failed(some) == "deployment by permit; 1 failure of no known deployment"
    assert words.failed(replace(some, unmatched=0, deployments=20)) == "1 of 20 deployments by permit"
    assert words.recovered(some) == "median of 2 failures"
    late = replace(some, from_decision=1)
    assert words.recovered(late) == "median of 2 failures; 1 from the decision, without a first breach"
    assert words.share(1, 20) == "5 %"
