"""RG110, RG111, RG113: how one knows that the rollback worked."""

from __future__ import annotations

from collections.abc import Iterator

from rollback_gov.model.expect import Limit, Same
from rollback_gov.model.finding import Finding
from rollback_gov.model.plan import Check
from rollback_gov.model.walk import walk
from rollback_gov.policy.rule import Page, rule
from rollback_gov.policy.subject import LEVEL, Subject


@rule(
    "RG110",
    "No check can fail the verification",
    from_level=2,
    page=Page(
        what="`verification.checks` is empty, or all its checks have `severity: warn`.",
        why="A rollback that nothing can contradict always looks successful.",
        bad="verification:\n  checks: [{id: errors, run: ./errors.sh, severity: warn}]",
        good="verification:\n  checks:\n    - {id: health, http: {url: https://shop.example.com/health}, "
        "expect: {status: 200}}\n    - {id: errors, run: ./errors.sh, severity: warn}",
    ),
)
def no_check(subject: Subject) -> Iterator[Finding]:
    """Look for a check that counts."""
    checks = subject.plan.verification.checks
    if not checks:
        yield subject.finding(
            LEVEL, "The plan has no verification checks.", "Add `verification.checks:` with what 'rolled back' means."
        )
    elif all(check.severity == "warn" for check in checks):
        yield subject.finding(
            ("verification", "checks"),
            "No check can fail the verification: every check only warns.",
            "Give the checks that must hold `severity: fail`.",
            at_key=True,
        )


@rule(
    "RG111",
    "The manual verification checklist is missing",
    from_level=2,
    page=Page(
        what="`verification.manual` is empty.",
        why="People see what checks do not: a page that looks wrong, customers who complain, a graph with a jump.",
        bad="verification:\n  checks: [{id: health, run: ./health.sh}]",
        good="verification:\n  checks: [{id: health, run: ./health.sh}]\n"
        "  manual: [User login works, No error spikes on the dashboard]",
    ),
)
def no_checklist(subject: Subject) -> Iterator[Finding]:
    """Ask for it."""
    if not subject.plan.verification.manual:
        yield subject.finding(
            subject.section("verification"),
            "The plan has no manual verification checklist.",
            "Add `verification.manual:` with what a person looks at after the checks have passed.",
            at_key=True,
        )


@rule(
    "RG113",
    "Nothing verifies the data",
    from_level=3,
    page=Page(
        what="No verification check says `data_consistency: true` or compares with the baseline.",
        why="A service can be healthy on data that are gone. Only a comparison with what was there before shows it.",
        bad="verification:\n  checks: [{id: health, http: {url: https://shop.example.com/health}}]",
        good="verification:\n  checks:\n    - id: users\n      run: psql -Atc 'SELECT count(*) FROM users' "
        '"$DATABASE_URL"\n      expect: {stdout: {equals: {baseline: user-count}}}',
    ),
)
def no_data_check(subject: Subject) -> Iterator[Finding]:
    """Look for a check that compares data."""
    checks = subject.plan.verification.checks
    if checks and not any(check.data_consistency or _compares(check) for check in checks):
        yield subject.finding(
            ("verification", "checks"),
            "No check verifies that the data are consistent.",
            "Compare with the baseline, or mark the check that does it with `data_consistency: true`.",
            at_key=True,
        )


def _compares(check: Check) -> bool:
    return any(isinstance(record, Limit | Same) and record.baseline for _, record in walk(check))
