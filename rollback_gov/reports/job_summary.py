"""What a job summary says about a gate and about rehearsals, as Markdown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rollback_gov.reports.escape import cell, code


def permit_summary(verdict: Mapping[str, Any], *, plan: str, environment: str) -> str:
    """Say whether the permit allows the deployment, and every reason if not; ``verdict`` is `permit verify`'s."""
    where = f"{code(plan)} to {code(environment)}"
    if not verdict["allowed"]:
        return _text(f"Permit: ❌ refused for {where}", *_table(verdict["reasons"]))
    waived = [f"- waived by break-glass: {code(reason['code'])}" for reason in verdict["waived"]]
    permit = f"Permit {code(verdict['permit_sha256'][:12])}." if verdict["permit_sha256"] else "By break-glass alone."
    return _text(f"Permit: ✅ allows {where}", permit, *(["", *waived] if waived else []))


def issue_summary(issued: Mapping[str, Any], *, plan: str, environment: str) -> str:
    """Say that a permit was issued, or everything that stands against it. ``issued`` is `permit issue`'s document."""
    where = f"{code(plan)} to {code(environment)}"
    if reasons := issued.get("reasons"):
        return _text(f"Permit: ❌ not issued for {where}", *_table(reasons))
    until = f"Until {code(issued['expires'])}: {code(issued['file'])}."
    waits = [] if issued["allowed"] else ["", "It does not count before more people have signed it."]
    return _text(f"Permit: ✅ issued for {where}", until, *waits)


def evidence_summary(evidence: Sequence[Mapping[str, str]]) -> str:
    """List the evidence that rehearsals left."""
    if not evidence:
        return _text("Rehearsal: ❌ left no evidence")
    passed = all(item["result"] == "passed" for item in evidence)
    rows = [f"| {code(item['file'])} | {code(item['result'])} |" for item in evidence]
    return _text(f"Rehearsal: {'✅ passed' if passed else '❌ failed'}", "| evidence | result |", "|---|---|", *rows)


def what(reason: Mapping[str, str]) -> str:
    """Give the sentence of a reason, without its code: that of a rule begins with it."""
    return reason["message"].removeprefix(f"{reason['code']} ")


def _table(reasons: Sequence[Mapping[str, str]]) -> list[str]:
    rows = [f"| {code(one['code'])} | {cell(what(one))} | {cell(one['hint'])} |" for one in reasons]
    return ["| reason | what | what to do |", "|---|---|---|", *rows]


def _text(title: str, *lines: str) -> str:
    return "\n".join([f"## {title}", "", *lines]) + "\n"
