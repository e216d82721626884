"""For programs: one document, described by ``schemas/findings-v1.schema.json``."""

from __future__ import annotations

import json
from typing import Any

from rollback_gov import __version__
from rollback_gov.model.finding import Finding
from rollback_gov.outputs.result import WEIGHTS, CheckedPlan, ValidationResult


def render(result: ValidationResult, *, colour: bool = False) -> str:
    """Write the whole result. The exit code stands in it as a number and in words."""
    document = {
        "version": 1,
        "tool": {"name": "rollback-gov", "version": __version__},
        "result": result.exit_code.word,
        "exit_code": int(result.exit_code),
        "summary": {"plans": len(result.plans)}
        | {f"{severity.value}s": result.count(severity) for severity in WEIGHTS},
        "searched": list(result.searched),
        "plans": [_plan(plan, result) for plan in result.plans],
    }
    return json.dumps(document, indent=2) + "\n"


def _plan(plan: CheckedPlan, result: ValidationResult) -> dict[str, Any]:
    return {
        "file": plan.source.name,
        "operation": plan.operation,
        "usable": plan.usable,
        "required_level": plan.required,
        "achieved_level": plan.achieved,
        "between": list(plan.between),
        "findings": [_finding(finding, result) for finding in plan.findings],
    }


def _finding(finding: Finding, result: ValidationResult) -> dict[str, Any]:
    place = finding.place
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "fails": result.fails(finding),
        "message": finding.message,
        "hint": finding.hint,
        "line": place.line,
        "column": place.column,
        "end_column": place.end_column,
        "path": list(finding.path),
        "step": finding.step,
    }
