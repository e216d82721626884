"""``accept-existing``: what is found today becomes dated debt; new findings still fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from rollback_gov.commands.explain import rules_here
from rollback_gov.commands.gate import Gate
from rollback_gov.commands.settings import WAIVERS, size_of
from rollback_gov.commands.validate import Scope, validate
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.yaml_file import append
from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.record import Record
from rollback_gov.outputs.result import CheckedPlan, fails
from rollback_gov.policy.waivers import same_person

Key = tuple[str, str, str, str]
"""Rule, operation, step, and the last day."""


class Acceptance(Record):
    """Who accepts, why, and until when at the longest (empty: as long as each plan's level allows)."""

    owner: str
    approved_by: str
    reason: str
    ticket: str = ""
    until: date | None = None


class Accepted(Record):
    """What was written, and what could not be accepted."""

    entries: tuple[Mapping[str, Any], ...]
    findings: int
    """How many were accepted."""
    left: tuple[Finding, ...]


def accept_existing(
    workspace: Workspace, scope: Scope, gate: Gate, acceptance: Acceptance, *, fail_on: Severity
) -> Accepted:
    """Write a waiver for each rule, operation and step that fails today. Raises UsageError for a broken waivers.yaml.

    The number of findings is written too: one more in the same step is a new finding.
    """
    today = gate.demands.now.date()
    _check(acceptance, today)
    broken = gate.governance.waivers.findings
    if broken:
        raise UsageError(f"{broken[0].place}: {broken[0].message}", hint="Mend waivers.yaml first.")
    waivable = {code for code, rule in rules_here(workspace).items() if rule.waivable}
    found: Counter[Key] = Counter()
    left: list[Finding] = []

    def each(plan: CheckedPlan) -> None:
        for finding in (*plan.findings, *plan.repeated):
            if not fails(finding, fail_on):
                continue
            if finding.code in waivable and plan.waiver_longest is not None:
                last = today + timedelta(milliseconds=plan.waiver_longest.milliseconds)
                last = min(last, acceptance.until or last)
                found[finding.code, finding.operation, finding.step, last.isoformat()] += 1
            else:
                left.append(finding)

    validate(scope, gate.demands, each, governance=gate.governance, fail_on=fail_on)
    entries = tuple(_entry(key, count, acceptance, today) for key, count in sorted(found.items()))
    if entries:
        append(workspace.root / WAIVERS, "waivers", entries, size=size_of(WAIVERS))
    return Accepted(entries=entries, findings=found.total(), left=tuple(left))


def _check(acceptance: Acceptance, today: date) -> None:
    if same_person(acceptance.owner, acceptance.approved_by):
        raise UsageError("Owner and approver are the same.", hint="Somebody else has to accept the debt.")
    if acceptance.until is not None and acceptance.until < today:
        raise UsageError(f"{acceptance.until} has passed.", hint="Choose a day in the future.")


def _entry(key: Key, count: int, acceptance: Acceptance, today: date) -> dict[str, Any]:
    rule, operation, step, last = key
    return {
        "rule": rule,
        "operation": operation,
        **({"step": step} if step else {}),
        "reason": acceptance.reason,
        **({"ticket": acceptance.ticket} if acceptance.ticket else {}),
        "owner": acceptance.owner,
        "approved_by": acceptance.approved_by,
        "created": today.isoformat(),
        "expires": last,
        "count": count,
        "debt": True,
    }
