"""Whole plans as people write them: with mistakes, each of which is found at its word, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.plans.load import load_plan
from rollback_gov.policy.check import check
from tests.conftest import ROOT
from tests.policy.subjects import subject

FOLDER = ROOT / "tests" / "examples" / "plans" / "bad"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/plan.yaml")), ids=lambda path: path.parent.name)
def test_each_mistake_is_found_at_its_word(path: Path) -> None:
    """``found.txt`` was judged by hand, line by line: weight, rule, line of the plan, and the word."""
    expected = path.with_name("found.txt").read_text(encoding="utf-8").splitlines()

    assert found(path) == expected


def found(path: Path) -> list[str]:
    loaded = load_plan(path)
    findings = check(subject(loaded=loaded, plan=loaded.require())).findings
    spoken = [each for each in findings if each.code[:3] in ("RG2", "RG3") or each.code == "RG010"]
    lines = loaded.source.lines
    return [
        f"{each.severity.value} {each.code} {each.place.line} "
        f"{lines[each.place.line - 1][each.place.column - 1 : each.place.end_column - 1 or None]}"
        for each in spoken
    ]
