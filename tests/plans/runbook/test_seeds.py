"""Five real runbooks beside what a careful reader counted in them, number by number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.plans.markdown.blocks import read_blocks
from rollback_gov.plans.runbook.draft import Draft, read_runbook
from rollback_gov.plans.runbook.encoding import broken_as
from rollback_gov.plans.source import Source
from tests.conftest import ROOT
from tests.plans.runbook.counting import languages_of_steps, numbers_of

SEEDS = ROOT.parent / "shared" / "seeds"
if not SEEDS.is_dir():
    SEEDS = ROOT.parent.parent / "shared" / "seeds"
COUNTED: dict[str, Any] = yaml.safe_load(Path(__file__).with_name("seeds.yaml").read_text(encoding="utf-8"))

pytestmark = pytest.mark.skipif(not SEEDS.is_dir(), reason="the runbooks are not beside this checkout")


def source_of(name: str) -> Source:
    path = next(SEEDS.glob(f"{COUNTED[name]['file']}_*"))
    return Source(path.name, path.read_text(encoding="utf-8"))


def rows(wanted: dict[str, Any], draft: Draft) -> list[tuple[str, object, object]]:
    found = numbers_of(draft, wanted)
    return [(key, _in_order(key, wanted[key]), _in_order(key, found[key])) for key in found]


def _in_order(key: str, value: Any) -> object:
    return sorted(value) if key == "placeholders" else value


def print_table(name: str, table: list[tuple[str, object, object]]) -> None:
    print(f"\n{name:<22}{'counted':<44}imported")
    for key, counted, imported in table:
        if isinstance(counted, list) and isinstance(imported, list) and len(str(counted)) > 42:
            print(f"  {key:<20}{len(counted):<44}{len(imported)}{'' if counted == imported else '   <- differs'}")
            for index in range(max(len(counted), len(imported))):
                left, right = (str(each[index]) if index < len(each) else "-" for each in (counted, imported))
                print(f"    {index + 1:<18}{left:<44} {right}")
        else:
            print(f"  {key:<20}{counted!s:<44}{imported}{'' if counted == imported else '   <- differs'}")


@pytest.mark.parametrize("name", COUNTED)
def test_every_number_is_what_a_reader_counts(name: str) -> None:
    drafts = read_runbook(source_of(name))
    plans = COUNTED[name]["plans"]
    tables = [rows(wanted, draft) for wanted, draft in zip(plans, drafts, strict=False)]
    for index, table in enumerate(tables):
        print_table(f"{name} {index + 1}", table)
    assert len(drafts) == len(plans)
    differing = [
        (key, counted, imported) for table in tables for key, counted, imported in table if counted != imported
    ]
    assert differing == []


@pytest.mark.parametrize("name", COUNTED)
def test_the_encoding_is_found(name: str) -> None:
    found = broken_as(source_of(name).text)
    assert (found or "utf-8") == COUNTED[name]["encoding"]


@pytest.mark.parametrize("name", COUNTED)
def test_no_window_is_a_duration(name: str) -> None:
    for draft, wanted in zip(read_runbook(source_of(name)), COUNTED[name]["plans"], strict=True):
        plan = draft.taking.plan
        counted = {phase.get("budget") for phase in wanted["phases"]}
        assert {phase["budget"].value for phase in plan["phases"] if "budget" in phase} <= counted


def test_program_text_and_manifests_are_no_steps() -> None:
    source = source_of("dwcp")
    (draft,) = read_runbook(source)
    assert languages_of_steps(read_blocks(source.lines), draft) == {"bash"}


def test_prose_is_repaired_and_commands_are_not() -> None:
    (draft,) = read_runbook(source_of("genesis"))
    during = [value.value for value in draft.taking.plan["checklists"]["during"]]
    assert "Traffic drained (feature flag → 0%)" in during
    assert "â³ Waiting" in draft.taking.plan["phases"][1]["steps"][0]["run"].value
    assert any("wrong encoding (cp1254)" in gap.missing for gap in draft.taking.gaps)
