"""What the pages about triggers show is what comes."""

from __future__ import annotations

import re
from pathlib import Path

from rollback_gov.triggers.cases.load import load_cases
from rollback_gov.triggers.cases.run import run_case
from rollback_gov.triggers.narrative import introduction
from rollback_gov.triggers.proof.plan import prove_plan
from rollback_gov.triggers.tick import Rules
from tests.conftest import ROOT
from tests.triggers.conftest import plan_of


def blocks(page: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", (ROOT / "docs" / page).read_text(encoding="utf-8"), re.DOTALL)


def test_the_triggers_of_the_page_are_explained_as_it_says_and_can_fire() -> None:
    plan = plan_of(blocks("triggers.md", "yaml")[0])
    said = list(introduction(Rules.of(plan)))
    shown = [line for line in blocks("triggers.md", "console")[0].splitlines() if not line.startswith("$")]
    assert len(said) == len(shown)
    for line, pattern in zip(said, shown, strict=True):
        assert re.fullmatch(".*".join(map(re.escape, pattern.split("…"))), line)
    assert prove_plan(plan).problems == ()


def test_the_case_of_the_page_passes(tmp_path: Path) -> None:
    file = tmp_path / "triggers.test.yaml"
    file.write_text(blocks("trigger-tests.md", "yaml")[0], encoding="utf-8")
    plan = plan_of("""
watch: {every: 15s, mode: auto}
triggers:
  - {id: error-rate, query: {source: prometheus, expr: errors}, above: 5%, for: 2m,
     volume: {query: {source: prometheus, expr: requests}, at_least: 100}}
decision: [{action: rollback, any: [error-rate]}]
""")
    (case,) = load_cases(file, plan)
    assert run_case(case, plan).mismatches == ()


def test_every_key_of_a_case_is_described() -> None:
    from rollback_gov.plans.schema import load_schema

    text = (ROOT / "docs" / "trigger-tests.md").read_text(encoding="utf-8")
    for name, definition in load_schema("trigger-tests-v1")["definitions"].items():
        for key in definition.get("properties", {}):
            assert f"`{key}" in text or f"{key}," in text or f"{key}:" in text or f", {key}" in text, f"{name}.{key}"
