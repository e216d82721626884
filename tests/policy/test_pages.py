"""What people read about rules, and the copy of it under ``docs/rules``."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.plans.source import Source
from rollback_gov.plans.yaml_reader import read_yaml
from rollback_gov.policy.pages import files, in_force, listing, main, page
from rollback_gov.policy.registry import rules
from rollback_gov.policy.rule import Rule

DOCS = Path(__file__).resolve().parent.parent.parent / "docs" / "rules"


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.code)
def test_every_page_is_complete(rule: Rule) -> None:
    text = page(rule)

    assert text.startswith(f"# {rule.code}: {rule.title}\n")
    assert all(part.strip().endswith((".", "…")) for part in (rule.page.what, rule.page.why))
    assert not rule.title.endswith(".")
    assert text.index("**Why.**") < text.index("## Bad") < text.index("## Good")
    assert rule.page.bad != rule.page.good


@pytest.mark.parametrize("rule", rules().values(), ids=lambda rule: rule.code)
def test_the_good_example_of_a_page_is_yaml(rule: Rule) -> None:
    read_yaml(Source("good", f"page:\n{rule.page.good}\n" if rule.page.good.startswith("#") else rule.page.good))


def test_the_weight_in_words() -> None:
    assert in_force(rules()["RG103"]) == "Error from level 2 on"
    assert in_force(rules()["RG010"]) == "Error at every level"
    assert in_force(rules()["RG130"]) == "Error from level 3 on; a warning from level 2 on"
    assert in_force(rules()["RG401"]) == (
        "Error from level 2 on; in `validate` a warning, unless the policy says `evidence: error`"
    )


def test_the_list_has_one_line_a_rule() -> None:
    lines = listing(rules().values()).splitlines()

    assert [line.split()[0] for line in lines] == list(rules())
    assert "RG130  error 2w 3+   The point of no return is not declared" in lines


def test_the_documentation_is_fresh() -> None:
    written = {path.name: path.read_text(encoding="utf-8") for path in DOCS.glob("*.md")}

    assert written == files(), "Run `python -m rollback_gov.policy.pages docs/rules`."


def test_pages_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "RG998.md").write_text("gone")
    (tmp_path / "notes.txt").write_text("stays")

    assert main([str(tmp_path)]) == 0

    assert {path.name for path in tmp_path.iterdir()} == {*files(), "notes.txt"}
