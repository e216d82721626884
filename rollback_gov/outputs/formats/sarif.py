"""For code scanning: SARIF 2.1.0, within what GitHub takes.

https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support: all rules in every run, regions
of one line, 25,000 results and ten megabytes when gzipped at most. Waived findings are left out: ``suppressions`` are
ignored there, and each would open an alert.
"""

from __future__ import annotations

import json
import zlib
from collections import Counter
from collections.abc import Iterator
from hashlib import sha256
from textwrap import indent
from typing import Any
from urllib.parse import quote

from rollback_gov import __version__
from rollback_gov.model.finding import Finding, Severity
from rollback_gov.outputs.registry import Manner
from rollback_gov.outputs.result import CheckedFile, CheckedPlan, Summary
from rollback_gov.outputs.words import printable
from rollback_gov.policy.pages import in_force, page
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
MOST_RESULTS = 25_000
MOST_BYTES = 9_500_000
"""Of results, gzipped. GitHub refuses the whole file beyond ten megabytes; the rules need the rest."""
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTICE: "note"}
_PAGES = "https://github.com/rollback-gov/rollback-gov/blob/main/docs/rules"


class Writer:
    """Writes the results first, and the rules behind them."""

    def __init__(self, manner: Manner) -> None:
        self._category = manner.category
        self._written = self._left_out = 0
        self._other_codes: set[str] = set()
        self._gzipped, self._packer = 0, zlib.compressobj(level=1)

    def plan(self, plan: CheckedPlan) -> str:
        """Write one plan's results."""
        return "".join(map(self._add, _results(plan)))

    def end(self, summary: Summary) -> str:
        """Write the settings' results and everything else."""
        settings = [self._add(result) for file in summary.settings for result in _results(file)]
        close = "\n      ]" if self._written else f"{_BEGINNING}]"
        run = {
            "columnKind": "unicodeCodePoints",
            "automationDetails": {"id": f"{_text(self._category)}/"},
            "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": list(self._notes(summary))}],
            "tool": {"driver": self._driver()},
        }
        rest = indent(_dump(run).removeprefix("{\n").removesuffix("\n}"), "    ")
        return f"{''.join(settings)}{close},\n{rest}\n    }}\n  ]\n}}\n"

    def _add(self, result: dict[str, Any]) -> str:
        text = indent(_dump(result), "        ")
        if self._written == MOST_RESULTS or not self._has_room(text):
            self._left_out += 1
            return ""
        if result["ruleId"] not in rules():
            self._other_codes.add(result["ruleId"])
        self._written += 1
        return f"{_BEGINNING if self._written == 1 else ','}\n{text}"

    def _has_room(self, text: str) -> bool:
        """Pack a result as whoever uploads it will, only worse: what fits here fits there."""
        if self._left_out:
            return False
        self._gzipped += len(self._packer.compress(text.encode("ascii")))
        return self._gzipped <= MOST_BYTES

    def _notes(self, summary: Summary) -> Iterator[dict[str, Any]]:
        more = f"{self._left_out} results are left out: GitHub takes {MOST_RESULTS}, and ten megabytes gzipped."
        for text in (*summary.remarks, *([more] if self._left_out else [])):
            yield {"level": "note", "message": {"text": _text(text)}}

    def _driver(self) -> dict[str, Any]:
        return {
            "name": "rollback-gov",
            "version": __version__,
            "semanticVersion": __version__,
            "informationUri": "https://github.com/rollback-gov/rollback-gov",
            "rules": [*map(_rule, rules().values()), *({"id": code} for code in sorted(self._other_codes))],
        }


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": f"{rule.page.what} {rule.page.why}"},
        "help": {"text": f"{rule.page.what} {rule.page.why}", "markdown": page(rule)},
        "helpUri": f"{_PAGES}/{rule.code}.md",
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": ["rollback"], "inForce": in_force(rule)},
    }


def _results(file: CheckedFile) -> Iterator[dict[str, Any]]:
    seen: Counter[str] = Counter()
    for finding in file.findings:
        if finding.waived is None:
            mark = _fingerprint(finding, file.line(finding))
            seen[mark] += 1
            yield _result(finding, f"{mark}:{seen[mark]}")


def _fingerprint(finding: Finding, line: str) -> str:
    """Recognise a finding again when lines above it come and go: rule, operation, step and the line's own text."""
    parts = (finding.code, finding.operation, finding.step, " ".join(line.split()))
    return sha256("\0".join(parts).encode("utf-8", "backslashreplace")).hexdigest()[:16]


def _result(finding: Finding, fingerprint: str) -> dict[str, Any]:
    place = finding.place
    region = {"startLine": place.line, "startColumn": place.column}
    region |= {"endColumn": place.end_column} if place.end_column > place.column else {}
    return {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity],
        "message": {"text": _text(f"{finding.message} {finding.hint}".strip())},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": _uri(place.file)}, "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }


def _uri(file: str) -> str:
    """Give a file's name as a relative reference, whatever bytes it is made of."""
    return quote(file.encode("utf-8", "surrogateescape"))


def _text(text: str) -> str:
    """In a message ``[text](target)`` is a link; text of a plan makes none."""
    return printable(text).replace("](", "] (")


def _dump(value: Any) -> str:
    return json.dumps(value, indent=2).replace("##[", "##\\u005b")


_BEGINNING = f'{{\n  "$schema": "{SCHEMA}",\n  "version": "2.1.0",\n  "runs": [\n    {{\n      "results": ['
