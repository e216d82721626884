"""What a validation means: passed, findings, or nothing to check."""

from __future__ import annotations

import pytest

from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Severity
from tests.outputs.results import finding, plan, result

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
    assert result(plan(*found), fail_on=fail_on).exit_code is expected


def test_nothing_to_check_is_no_pass() -> None:
    assert result().exit_code is ExitCode.NOTHING_TO_CHECK


def test_counting() -> None:
    found = result(plan(finding(), WARNING), plan(WARNING))

    assert [found.count(severity) for severity in Severity] == [1, 2, 0]


def test_only_what_makes_it_fail() -> None:
    kept = result(plan(finding(), WARNING), plan(WARNING, name="other.yaml")).only_failing()

    assert [each.code for each in kept.findings()] == ["RG103"]
    assert len(kept.plans) == 1


def test_a_document_that_is_no_plan_has_no_level() -> None:
    assert not plan(finding(), required=0, achieved=0).usable
    assert plan().usable
