from __future__ import annotations

import pytest

from rollback_gov.model.finding import Place, Severity
from rollback_gov.plans.problem import DocumentError, shorten


def test_a_document_that_cannot_be_read_is_a_finding() -> None:
    finding = DocumentError("RG002", "It is no YAML.", Place("plan.yaml", 3, 1), hint="Write YAML.").finding
    assert (finding.code, finding.severity, finding.message) == ("RG002", Severity.ERROR, "It is no YAML.")
    assert (str(finding.place), finding.hint) == ("plan.yaml:3:1", "Write YAML.")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        ("two\nlines\tand  more", "two lines and more"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 57 + "..."),
        (7, "7"),
        ("", ""),
    ],
)
def test_what_a_message_shows_is_short_and_on_one_line(value: object, shown: str) -> None:
    assert shorten(value) == shown
