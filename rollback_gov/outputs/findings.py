"""Findings as ``validate --output json`` wrote them, read back: what comes after a check needs no second one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.errors import UsageError
from rollback_gov.model.finding import Finding, Place, Severity, Waived
from rollback_gov.model.record import Record
from rollback_gov.outputs.result import WEIGHTS, CheckedFile, CheckedPlan, Summary
from rollback_gov.plans.schema import check_schema

SCHEMA = "findings-v1"


class Findings(Record):
    """One result of a validation; ``failing`` are the plans that make it fail."""

    plans: tuple[CheckedPlan, ...]
    summary: Summary
    failing: frozenset[str]

    @property
    def heaviest_first(self) -> tuple[CheckedPlan, ...]:
        """The plans: those that fail, then those about which something is said, then the others."""
        return tuple(sorted(self.plans, key=lambda plan: (plan.file not in self.failing, not plan.findings)))

    @property
    def files(self) -> tuple[CheckedFile, ...]:
        """Everything about which something may be said: settings, and plans."""
        return (*self.summary.settings, *self.heaviest_first)


def read_findings(document: Any) -> Findings:
    """Read the JSON document. Raises UsageError where it is none, or of a version that this one does not know."""
    problems = check_schema(SCHEMA, document)
    if problems:
        where = "/".join(map(str, problems[0].path)) or "the document"
        raise UsageError(
            f"These are no findings: {where}: {problems[0].message}",
            hint="Write them with: rollback-gov validate --output json=FINDINGS.json",
        )
    plans = tuple(_plan(plan) for plan in document["plans"])
    bad = frozenset(plan["file"] for plan in document["plans"] if any(one["fails"] for one in plan["findings"]))
    return Findings(plans=plans, summary=_summary(document), failing=bad)


def _summary(document: Mapping[str, Any]) -> Summary:
    sums, files = document["summary"], (*document["plans"], *document["settings"])
    return Summary(
        plans=sums["plans"],
        counts={severity: sums[f"{severity.value}s"] for severity in WEIGHTS if sums[f"{severity.value}s"]},
        waived=sums["waived"],
        debt=sums["debt"],
        oldest_debt=sums["oldest_debt_days"],
        failing=sum(finding["fails"] for file in files for finding in file["findings"]),
        settings=tuple(_file(file) for file in document["settings"]),
        searched=tuple(document["searched"]),
        remarks=tuple(document["remarks"]),
    )


def _file(file: Mapping[str, Any]) -> CheckedFile:
    return CheckedFile(file=file["file"], findings=tuple(map(_finding, file["findings"])))


def _plan(plan: Mapping[str, Any]) -> CheckedPlan:
    return CheckedPlan(
        file=plan["file"],
        findings=tuple(map(_finding, plan["findings"])),
        operation=plan["operation"],
        required=plan["required_level"],
        achieved=plan["achieved_level"],
        between=tuple(plan["between"]),
    )


def _finding(one: Mapping[str, Any]) -> Finding:
    return Finding(
        code=one["code"],
        severity=Severity(one["severity"]),
        message=one["message"],
        hint=one["hint"],
        place=Place(one["file"], one["line"], one["column"], one["end_column"]),
        path=tuple(one["path"]),
        step=one["step"],
        waived=Waived(**one["waived"]) if one["waived"] else None,
    )
