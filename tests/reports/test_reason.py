from __future__ import annotations

from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.reason import reason_document
from tests.reports.journals import REASON


def test_the_reason_says_what_was_measured_who_decided_and_what_was_tried() -> None:
    text = reason_document(RollbackReason(**REASON))
    assert text.splitlines() == [
        "# Why this rollback",
        "",
        "error-rate: 2.5 % above 1 % for 2 minutes",
        "",
        "## Trigger",
        "",
        "- Alert: error-rate",
        '- Metric: `rate(http_errors{code=~"5.."}[1m])`',
        "- Value: 0.025",
        "- Threshold: above 0.01",
        "- Exceeded for: 2m",
        "- First breach: 2026-01-31T11:57:30.000Z",
        "",
        "## Impact",
        "",
        "- Who notices: one login in forty fails",
        "",
        "## Decision",
        "",
        "- Decided by: rollback-gov watch",
        "- Quick fix tried: restarted the pods, without effect",
        "- Authorised by: ines",
    ]


def test_what_nobody_said_is_not_measured() -> None:
    text = reason_document(RollbackReason(text="customers cannot log in", decided_by="ann"))
    assert "- Decided by: ann\n" in text
    assert text.count("NOT MEASURED") == 9


def test_a_reason_cannot_bring_its_own_markup() -> None:
    text = reason_document(RollbackReason(text="# Fine\n<b>all</b> @everybody"))
    assert "\\# Fine &lt;b&gt;all&lt;/b&gt; @&#8203;everybody\n" in text


def test_what_a_watch_asked_before_it_began_is_said_where_it_asked() -> None:
    text = reason_document(RollbackReason(text="errors", gates="safety passed; lease passed: token 2"))
    assert text.endswith("- Gates before it: safety passed; lease passed: token 2\n")
