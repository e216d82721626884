"""Results to write, small enough to read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from rollback_gov.model.finding import Finding, Place, Severity, Waived
from rollback_gov.outputs.registry import Manner, writer
from rollback_gov.outputs.result import CheckedFile, CheckedPlan, Summary, Tally, by_line

NOW = datetime(2025, 12, 1, 9, 30, tzinfo=UTC)
TODAY = NOW.date()
FILE = "rollback/op-7/plan.yaml"
TEXT = """\
apiVersion: rollback-gov/v1
metadata: {level: 3}
sla: 15m
"""


def finding(**changes: Any) -> Finding:
    """An error at the SLA, unless told otherwise."""
    values: dict[str, Any] = {
        "code": "RG103",
        "severity": Severity.ERROR,
        "message": "The budgets add up to 17m, 2m more than the SLA of 15m.",
        "hint": "Shorten phases.",
        "place": Place(FILE, 3, 6, 9),
        "path": ("sla",),
        "operation": "op-7",
    }
    return Finding(**(values | changes))


def plan(*findings: Finding, text: str = TEXT, name: str = FILE, **changes: Any) -> CheckedPlan:
    """A plan that needs level 3 and achieves level 2 if anything was found."""
    findings = tuple(replace(each, place=replace(each.place, file=name)) if _here(each) else each for each in findings)
    values: dict[str, Any] = {
        "file": name,
        "findings": findings,
        "lines": by_line(findings, lambda place: "".join(text.split("\n")[place.line - 1 : place.line])),
        "operation": "op-7",
        "required": 3,
        "achieved": 2 if findings else 3,
        "between": tuple(dict.fromkeys(each.code for each in findings)),
    }
    return CheckedPlan(**(values | changes))


def _here(each: Finding) -> bool:
    return each.place.file == FILE


@dataclass(frozen=True, kw_only=True)
class Result:
    """Everything that a validation gives to its outputs."""

    plans: tuple[CheckedPlan, ...]
    settings: tuple[CheckedFile, ...] = ()
    fail_on: Severity = Severity.ERROR
    searched: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def summary(self) -> Summary:
        """All files added up."""
        tally = Tally(fail_on=self.fail_on, today=TODAY)
        for plan in self.plans:
            tally.add_plan(plan)
        return tally.summary(self.settings, searched=self.searched, remarks=self.remarks)


def result(*plans: CheckedPlan, **changes: Any) -> Result:
    """All files together."""
    return Result(plans=plans, **changes)


def rendered(name: str, found: Result, *, colour: bool = False) -> str:
    """Write it in a format, plan by plan."""
    writes = writer(name, Manner(fail_on=found.fail_on, colour=colour, now=NOW))
    return "".join([*map(writes.plan, found.plans), writes.end(found.summary)])


WAIVED = Waived(
    reason="The vendor mends it in May.",
    owner="payments",
    approved_by="Ada",
    created="2025-11-01",
    expires="2026-01-31",
    ticket="PAY-7",
)
