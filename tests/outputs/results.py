"""Results to write, small enough to read."""

from __future__ import annotations

from typing import Any

from rollback_gov.model.finding import Finding, Place, Severity
from rollback_gov.outputs.result import CheckedPlan, ValidationResult
from rollback_gov.plans.source import Source

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
    values: dict[str, Any] = {
        "source": Source(name, text),
        "findings": findings,
        "operation": "op-7",
        "required": 3,
        "achieved": 2 if findings else 3,
        "between": tuple(dict.fromkeys(each.code for each in findings)),
    }
    return CheckedPlan(**(values | changes))


def result(*plans: CheckedPlan, **changes: Any) -> ValidationResult:
    """All files together."""
    return ValidationResult(plans=plans, **changes)
