"""What a validation found, ready to be written in any format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.model.record import Record
from rollback_gov.plans.source import Source

WEIGHTS = (Severity.ERROR, Severity.WARNING, Severity.NOTICE)
"""Severities, the heaviest first."""


class CheckedPlan(Record):
    """One file. ``required`` and ``achieved`` are levels; both are 0 for a document that cannot be used as a plan."""

    source: Source
    findings: tuple[Finding, ...]
    operation: str = ""
    required: int = 0
    achieved: int = 0
    between: tuple[str, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether the document is a plan at all, so that levels mean something."""
        return self.required > 0


class ValidationResult(Record):
    """All files. ``searched`` holds the patterns under which plans were looked for, empty where paths were given."""

    plans: tuple[CheckedPlan, ...]
    fail_on: Severity = Severity.ERROR
    searched: tuple[str, ...] = ()

    @property
    def exit_code(self) -> ExitCode:
        """What the process ends with."""
        if not self.plans:
            return ExitCode.NOTHING_TO_CHECK
        return ExitCode.FINDINGS if any(self.fails(finding) for finding in self.findings()) else ExitCode.PASSED

    def findings(self) -> Iterator[Finding]:
        """Walk all findings, file by file."""
        for plan in self.plans:
            yield from plan.findings

    def fails(self, finding: Finding) -> bool:
        """Tell whether this finding makes the validation fail."""
        return WEIGHTS.index(finding.severity) <= WEIGHTS.index(self.fail_on)

    def count(self, severity: Severity) -> int:
        """Count the findings of one weight."""
        return Counter(finding.severity for finding in self.findings())[severity]

    def only_failing(self) -> ValidationResult:
        """Leave out what does not make it fail, and files without anything that does."""
        kept = (
            replace(plan, findings=tuple(finding for finding in plan.findings if self.fails(finding)))
            for plan in self.plans
        )
        return replace(self, plans=tuple(plan for plan in kept if plan.findings))
