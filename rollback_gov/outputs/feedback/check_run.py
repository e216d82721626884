"""The annotations of a check run: all findings, the heaviest first, each as GitHub's API takes it.

Unlike the annotations of workflow commands they have no limit but their number a request. They are plain text there.
https://docs.github.com/rest/checks/runs
"""

from __future__ import annotations

from typing import Any, Literal

from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.findings import Findings
from rollback_gov.outputs.result import WEIGHTS, Summary
from rollback_gov.outputs.words import acceptance, counted, printable

SUMMARY_BYTES = 65_535
_MESSAGE = 16_000
"""GitHub takes 64 KiB, counted in bytes."""
_LEVELS = {Severity.ERROR: "failure", Severity.WARNING: "warning", Severity.NOTICE: "notice"}
Conclusion = Literal["success", "failure", "neutral"]


def conclusion(summary: Summary) -> Conclusion:
    """Say how the check ended. Nothing to check is neither a success nor a failure."""
    if summary.exit_code is ExitCode.NOTHING_TO_CHECK:
        return "neutral"
    return "failure" if summary.exit_code else "success"


def title(summary: Summary) -> str:
    """Say in a few words what was found; it stands beside the name of the check."""
    parts = [counted(summary.count(severity), severity.value) for severity in WEIGHTS if summary.count(severity)]
    if summary.exit_code is ExitCode.NOTHING_TO_CHECK:
        return "nothing to check"
    return ", ".join(parts) or "all good"


def annotated(found: Findings) -> list[dict[str, Any]]:
    """Give all findings, the heaviest first; waived ones are notices."""
    every = [finding for file in found.files for finding in file.findings]
    return [_annotation(finding) for finding in sorted(every, key=lambda finding: WEIGHTS.index(_weight(finding)))]


def _weight(finding: Finding) -> Severity:
    return Severity.NOTICE if finding.waived else finding.severity


def _annotation(finding: Finding) -> dict[str, Any]:
    place = finding.place
    more = acceptance(finding.waived) if finding.waived else finding.hint
    told: dict[str, Any] = {
        "path": place.file,
        "start_line": place.line,
        "end_line": place.line,
        "annotation_level": _LEVELS[_weight(finding)],
        "title": f"{finding.code} (waived)" if finding.waived else finding.code,
        "message": printable(f"{finding.message} {more}".strip())[:_MESSAGE],
    }
    if place.end_column:
        # GitHub counts the last column in, and wants both or none.
        told |= {"start_column": place.column, "end_column": max(place.column, place.end_column - 1)}
    return told
