"""What a draft still lacks (RG011): nothing runs a plan before every gap is answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rollback_gov.plans.problem import Problem, shorten


def open_gaps(document: Any) -> Iterator[Problem]:
    """Give a problem for every entry under ``gaps`` that can be read; what cannot, the schema says."""
    gaps = document.get("gaps") if isinstance(document, Mapping) else None
    for index, gap in enumerate(gaps if isinstance(gaps, list) else ()):
        if isinstance(gap, Mapping) and isinstance(gap.get("missing"), str):
            line = gap.get("line")
            asked = f" (line {line})" if isinstance(line, int) else ""
            where = f"'{shorten(gap['at'])}'" if gap.get("at") else "the plan"
            yield Problem(
                code="RG011",
                message=f"A gap: {gap['missing']} The runbook does not say it{asked}.",
                path=("gaps", index),
                hint=f"Write it into {where}, then delete this entry.",
            )
