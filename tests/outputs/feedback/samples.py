"""Findings and facts in which every text is the same one."""

from __future__ import annotations

import json
from dataclasses import replace

from rollback_gov.model.finding import Place
from rollback_gov.outputs.feedback.facts import Change, Edit, PermitNeeds, PlanFacts, Rehearsals
from rollback_gov.outputs.findings import Findings, read_findings
from rollback_gov.outputs.result import CheckedFile
from tests.outputs.results import FILE, WAIVED, Result, finding, plan, rendered, result


def read_back(found: Result) -> Findings:
    """Write findings as JSON, and read them."""
    return read_findings(json.loads(rendered("json", found)))


def saying(text: str) -> tuple[Findings, dict[str, PlanFacts]]:
    """Say one text wherever a text can be said."""
    waived = replace(WAIVED, reason=text, approved_by=text, ticket=text)
    file = text or "plan.yaml"
    found = (
        finding(message=text, hint=text, place=Place(file, 3, 6, 9)),
        finding(message=text, place=Place(f"{file}.sh", 3), waived=waived),
    )
    settings = (CheckedFile(file=f"{file}.settings", findings=(finding(message=text, place=Place(file)),)),)
    one, same = plan(*found, name=file, operation=text), plan(name=f"{file}.same", operation=text)
    facts = PlanFacts(
        rehearsals=Rehearsals(level=3, enough=False, rehearsals=(text,), gaps=(text,)),
        change=Change(since=text, edits=(Edit(text=text, lines=(text,)),), again=(text,)),
        permits=(PermitNeeds(environment=text, missing=(text,)), PermitNeeds(environment=text, missing=())),
        unknown=(text,),
    )
    return read_back(result(one, same, settings=settings, remarks=(text,), searched=(text,))), {
        file: facts,
        same.file: PlanFacts(change=Change(since=text, edits=(), again=())),
    }


FACTS = PlanFacts(
    rehearsals=Rehearsals(
        level=3,
        enough=False,
        rehearsals=("2025-11-30 the whole plan in staging (passed) counts until 2026-02-28",),
        gaps=("RG402 Phase 'drain' changed since the rehearsal of 2025-11-30. Rehearse again.",),
    ),
    change=Change(
        since="in staging on 2025-11-30",
        edits=(
            Edit(text="phase drain: step weight: timeout 2m -> 4m"),
            Edit(text="phase drain: step weight: run changed", lines=("-./drain.sh 0", "+./drain.sh 10")),
        ),
        again=("phase drain",),
    ),
    permits=(
        PermitNeeds(environment="production", missing=("0 of 1 approvals by people who did not write the plan.",)),
    ),
)
FINDINGS = read_back(result(plan(finding()), plan(name="b.yaml")))
__all__ = ["FACTS", "FILE", "FINDINGS", "read_back", "saying"]
