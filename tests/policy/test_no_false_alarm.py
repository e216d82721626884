"""On plans that are right the rules about commands and triggers find nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.plans.load import load_plan
from rollback_gov.policy.check import check
from tests.conftest import ROOT
from tests.policy.subjects import subject

PLANS = sorted(
    (
        *(ROOT / "plans-example").glob("*/plan.yaml"),
        *(ROOT / "tests" / "examples" / "plans" / "good").glob("*/plan.yaml"),
    )
)


@pytest.mark.parametrize("path", PLANS, ids=lambda path: path.parent.name)
def test_no_false_alarm(path: Path) -> None:
    loaded = load_plan(path)
    findings = check(subject(loaded=loaded, plan=loaded.require())).findings

    assert not [
        f"{each.place} {each.code} {each.message}"
        for each in findings
        if each.code[:3] in ("RG2", "RG3") or each.code == "RG010"
    ]
