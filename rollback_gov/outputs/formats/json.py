"""For programs: one document, described by ``schemas/findings-v1.schema.json``."""

from __future__ import annotations

import json
from textwrap import indent
from typing import Any

from rollback_gov import __version__
from rollback_gov.model.finding import Finding, Waived
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import WEIGHTS, CheckedFile, CheckedPlan, Summary, fails


class Writer:
    """Writes the whole result, the plans first. The exit code stands in it as a number and in words."""

    def __init__(self, manner: Manner) -> None:
        self._manner = manner
        self._plans = 0

    def plan(self, plan: CheckedPlan) -> str:
        """Write one plan, and the beginning of the document before the first."""
        self._plans += 1
        return f"{_BEGINNING if self._plans == 1 else ','}\n{indent(_dump(self._plan(plan)), '    ')}"

    def end(self, summary: Summary) -> str:
        """Write the rest of the document."""
        rest = {
            "settings": [self._file(file) for file in summary.settings],
            "searched": list(summary.searched),
            "remarks": list(summary.remarks),
            "summary": _summary(summary),
            "result": summary.exit_code.word,
            "exit_code": int(summary.exit_code),
        }
        middle = "\n  ]" if self._plans else f"{_BEGINNING}]"
        return f"{middle},{_dump(rest).removeprefix('{')}\n"

    def _plan(self, plan: CheckedPlan) -> dict[str, Any]:
        return {
            "file": plan.file,
            "operation": plan.operation,
            "usable": plan.usable,
            "required_level": plan.required,
            "achieved_level": plan.achieved,
            "between": list(plan.between),
            "findings": [self._finding(finding) for finding in plan.findings],
        }

    def _file(self, file: CheckedFile) -> dict[str, Any]:
        return {"file": file.file, "findings": [self._finding(finding) for finding in file.findings]}

    def _finding(self, finding: Finding) -> dict[str, Any]:
        place = finding.place
        return {
            "code": finding.code,
            "severity": finding.severity.value,
            "fails": fails(finding, self._manner.fail_on),
            "message": finding.message,
            "hint": finding.hint,
            "file": place.file,
            "line": place.line,
            "column": place.column,
            "end_column": place.end_column,
            "path": list(finding.path),
            "step": finding.step,
            "waived": _waived(finding.waived),
        }


def _waived(waived: Waived | None) -> dict[str, Any] | None:
    return {name: getattr(waived, name) for name in Waived.__dataclass_fields__} if waived else None


def _summary(summary: Summary) -> dict[str, int]:
    return {
        "plans": summary.plans,
        **{f"{severity.value}s": summary.count(severity) for severity in WEIGHTS},
        "waived": summary.waived,
        "debt": summary.debt,
        "oldest_debt_days": summary.oldest_debt,
    }


def _dump(value: Any) -> str:
    """Write JSON in which a CI runner finds no command."""
    return json.dumps(value, indent=2).replace("##[", "##\\u005b")


_HEAD = {"version": 1, "tool": {"name": "rollback-gov", "version": __version__}}
_BEGINNING = f'{_dump(_HEAD).removesuffix("}").rstrip()},\n  "plans": ['
