"""What a validation means: passed, findings, or nothing to check."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.result import CheckedFile, by_line, only_failing
from tests.outputs.results import FILE, WAIVED, finding, plan, result

WARNING = finding(code="RG104", severity=Severity.WARNING)
NOTICE = finding(code="RG900", severity=Severity.NOTICE)


@pytest.mark.parametrize(
    ("found", "fail_on", "expected"),
    [
        ((), Severity.ERROR, ExitCode.PASSED),
        ((finding(),), Severity.ERROR, ExitCode.FINDINGS),
        ((WARNING,), Severity.ERROR, ExitCode.PASSED),
        ((WARNING,), Severity.WARNING, ExitCode.FINDINGS),
        ((finding(),), Severity.WARNING, ExitCode.FINDINGS),
        ((NOTICE,), Severity.WARNING, ExitCode.PASSED),
    ],
)
def test_what_fails(found: tuple[Finding, ...], fail_on: Severity, expected: ExitCode) -> None:
    assert result(plan(*found), fail_on=fail_on).summary.exit_code is expected


def test_nothing_to_check_is_no_pass() -> None:
    assert result().summary.exit_code is ExitCode.NOTHING_TO_CHECK


def test_counting() -> None:
    found = result(plan(finding(), WARNING), plan(WARNING)).summary

    assert [found.count(severity) for severity in Severity] == [1, 2, 0]


def test_only_what_makes_it_fail() -> None:
    found = (finding(), WARNING, finding(waived=WAIVED))

    assert only_failing(found, Severity.ERROR) == (finding(),)
    assert only_failing(found, Severity.WARNING) == (finding(), WARNING)


def test_what_is_waived_fails_nothing_and_is_counted_apart() -> None:
    debt = finding(waived=replace(WAIVED, debt=True, created="2025-11-21"))
    older = finding(waived=replace(WAIVED, debt=True, created="2025-11-11"))
    summary = result(plan(finding(waived=WAIVED), older, debt, WARNING)).summary

    assert summary.exit_code is ExitCode.PASSED
    assert (summary.count(Severity.ERROR), summary.waived, summary.debt, summary.oldest_debt) == (0, 3, 2, 20)
    assert summary.findings == 4


def test_what_is_said_of_the_settings_counts() -> None:
    broken = CheckedFile(file=".rollback-gov/waivers.yaml", findings=(finding(code="RG504"),))

    assert result(plan(), settings=(broken,)).summary.exit_code is ExitCode.FINDINGS


def test_of_a_text_only_the_lines_are_kept_at_which_something_stands() -> None:
    assert by_line([finding()], lambda place: "abcd"[place.line - 1]) == {(FILE, 3): "c"}


def test_a_document_that_is_no_plan_has_no_level() -> None:
    assert not plan(finding(), required=0, achieved=0).usable
    assert plan().usable
