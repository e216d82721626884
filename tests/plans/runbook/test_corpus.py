"""Runbooks of many shapes beside what a reader finds in them: NAME.md and NAME.yaml under ``corpus``.

``gaps`` and ``no_gaps`` are places of the plan that must and must not have one, ``says`` pieces of what gaps ask,
``values`` and ``lines`` what stands at a place of the draft and on which line of the runbook; every other key is a
number or list as ``counting.py`` counts it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.plans.load import load_text
from rollback_gov.plans.runbook.draft import Draft, read_runbook
from rollback_gov.plans.runbook.encoding import broken_as
from rollback_gov.plans.runbook.writing import draft_text
from rollback_gov.plans.source import Source, read_source
from tests.plans.runbook.counting import numbers_of

CORPUS = Path(__file__).with_name("corpus")
NAMES = sorted(path.stem for path in CORPUS.glob("*.md"))
OF_GAPS = ("gaps", "no_gaps", "says", "values", "lines")


def at(draft: Draft, place: str) -> Any:
    found: Any = draft.taking.plan
    for part in place.split("."):
        found = found[int(part)] if isinstance(found, list) else found[part]
    return found


def check(draft: Draft, wanted: dict[str, Any]) -> None:
    counted = {key: value for key, value in wanted.items() if key not in OF_GAPS}
    assert numbers_of(draft, counted) == counted
    gaps = [gap.at for gap in draft.taking.gaps]
    assert set(wanted.get("gaps", [])) <= set(gaps)
    assert not set(wanted.get("no_gaps", [])) & set(gaps)
    asked = "\n".join(gap.missing for gap in draft.taking.gaps)
    assert [part for part in wanted.get("says", []) if part not in asked] == []
    assert {place: at(draft, place).value for place in wanted.get("values", {})} == wanted.get("values", {})
    assert {place: at(draft, place).line for place in wanted.get("lines", {})} == wanted.get("lines", {})


def test_there_are_enough_of_them() -> None:
    assert len(NAMES) >= 30
    assert sorted(path.stem for path in CORPUS.glob("*.yaml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_runbook_is_read_as_a_reader_reads_it(name: str) -> None:
    source = read_source(CORPUS / f"{name}.md")
    wanted = yaml.safe_load((CORPUS / f"{name}.yaml").read_text(encoding="utf-8"))
    drafts = read_runbook(source)
    assert len(drafts) == len(wanted["plans"])
    assert (broken_as(source.text) or "utf-8") == wanted.get("encoding", "utf-8")
    for draft, plan in zip(drafts, wanted["plans"], strict=True):
        check(draft, plan)


@pytest.mark.parametrize("name", NAMES)
def test_every_value_says_its_line(name: str) -> None:
    """A draft is read as it was meant, and a line that is said begins what the value says."""
    source = read_source(CORPUS / f"{name}.md")
    for draft in read_runbook(source):
        loaded = load_text(Path("plan.yaml"), Source("plan.yaml", draft_text(draft, f"{name}.md")))
        assert {finding.code for finding in loaded.findings} <= {"RG006", "RG008", "RG011"}
        for phase in draft.taking.plan["phases"]:
            assert phase["name"].value in source.lines[phase["name"].line - 1]


def test_a_megabyte_is_read() -> None:
    part = "### Step {0}: Part {0} (2 minutes)\n\n```bash\n" + "kubectl get pods -n shop # look\n" * 400 + "```\n\n"
    text = "# Large\n\n## Rollback procedure\n\n" + "".join(part.format(number) for number in range(1, 80))
    assert 990_000 < len(text) < 1_048_576
    (draft,) = read_runbook(Source("LARGE.md", text))
    assert len(draft.taking.plan["phases"]) == 79
    assert not draft.not_understood
