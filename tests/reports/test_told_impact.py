from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rollback_gov.reports.fact import Entered, NotMeasured, Seconds
from rollback_gov.reports.filters import shown
from rollback_gov.reports.impact import impact
from rollback_gov.reports.log import Log
from rollback_gov.reports.told_impact import told_impact
from tests.reports import journals

BEFORE = impact(Log(journals.passed().events))


@pytest.mark.parametrize(
    ("line", "field", "value"),
    [
        ("- Downtime: 3m", "downtime", Seconds(180)),
        ("- Downtime: 3 minutes (elevated errors)", "downtime", Seconds(180)),
        ("- Downtime: 1 hour and 30 minutes", "downtime", Seconds(5400)),
        ("* **Downtime**: 90s", "downtime", Seconds(90)),
        ("- Downtime: about 5 minutes", "downtime", Seconds(300)),
        ("- Downtime: ~1h30m; then slow", "downtime", Seconds(5400)),
        ("- Downtime: 5 min. Then slow", "downtime", Seconds(300)),
        ("- Downtime: 3 minutes of errors", "downtime", Seconds(180)),
        ("- Affected requests: 2,847", "affected_requests", 2847),
        ("- Failed requests: 71 (2.5%)", "failed_requests", 71),
        ("- Customer complaints: 0", "complaints", 0),
        ("- Revenue impact: $0", "revenue", "$0"),
        ("- users: everybody", "users", "everybody"),
        (r"- Users: &lt; 3 % of check\_out \| shop", "users", "< 3 % of check_out | shop"),
    ],
)
def test_what_people_write_becomes_a_fact_that_they_entered(line: str, field: str, value: Any) -> None:
    assert getattr(told_impact(BEFORE, f"Some words.\n{line}\n"), field) == Entered(value, "written in the report")


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ("- Downtime: a while", "downtime"),
        ("- Downtime: NOT MEASURED", "downtime"),
        ("- Downtime: under 5 minutes", "downtime"),
        ("- Downtime: < 5 minutes", "downtime"),
        ("- Downtime: up to 5 minutes", "downtime"),
        ("- Downtime: 3-5 minutes", "downtime"),
        ("- Downtime: 3 ~ 5m", "downtime"),
        ("- Downtime: 3 min to 5 min", "downtime"),
        ("- Downtime: 5m - 1h", "downtime"),
        ("- Downtime: 5 minutes max", "downtime"),
        ("- Downtime: 5 minutes or more", "downtime"),
        ("- Revenue impact: NOT MEASURED", "revenue"),
        ("- Affected requests: about 2 thousand", "affected_requests"),
        ("- Failed requests: 2.5%", "failed_requests"),
        ("- Something else: 3", "complaints"),
        ("", "revenue"),
    ],
)
def test_what_is_no_number_stays_unknown(line: str, field: str) -> None:
    assert isinstance(getattr(told_impact(BEFORE, line), field), NotMeasured)


def test_what_was_printed_and_nobody_changed_is_nothing_that_people_said() -> None:
    story = journals.Story().start(reason={**journals.REASON, "impact": "< 3 % of check_out | shop"})
    before = impact(Log(story.events))
    after = told_impact(before, f"- Users: {shown(before.users)}\n- Downtime: 3m\n")
    assert after == replace(before, downtime=Entered(Seconds(180), "written in the report"))
