"""Documents beside the YAML that says the same: the same plan, and the same digests."""

from __future__ import annotations

from pathlib import Path

import pytest

from rollback_gov.plans.load import LoadedPlan, load_plan, load_text
from rollback_gov.plans.source import Source, source_of
from rollback_gov.records.digests import digests

FORM = sorted((Path(__file__).parent / "form").glob("*.md"))
TEMPLATE = Path(__file__).parent / "form" / "template.md"


def read(text: str) -> LoadedPlan:
    return load_text(Path("plan.md"), Source("plan.md", text))


@pytest.mark.parametrize("path", FORM, ids=lambda path: path.stem)
def test_both_forms_are_the_same_plan(path: Path) -> None:
    document, plan = load_plan(path), load_plan(path.with_suffix(".yaml"))
    assert document.findings == plan.findings == ()
    assert document.require() == plan.require()
    assert digests(document.require(), document.files) == digests(plan.require(), plan.files)


@pytest.mark.parametrize("path", FORM, ids=lambda path: path.stem)
@pytest.mark.parametrize("line_end", ["\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_change_nothing(path: Path, line_end: str) -> None:
    text = path.read_text(encoding="utf-8")
    source = source_of(b"\xef\xbb\xbf" + text.replace("\n", line_end).encode(), "plan.md")
    assert load_text(path, source).require() == load_plan(path).require()


def test_a_value_of_several_blocks_of_yaml_counts_once_for_each_alias() -> None:
    bomb = "".join(
        f"- **Entry {n}**\n  ```yaml\n  a: &a [{'x, ' * 99}x]\n  b: [{'*a, ' * 99}*a]\n  ```\n" for n in range(6)
    )
    loaded = read(f"# Rollback Plan: x\n\n## Metadata\n\n## Pre-Rollback State Capture\n\n{bomb}")
    assert [(finding.code, finding.message) for finding in loaded.findings] == [
        ("RG003", "The document has more than 50000 values once its aliases are expanded.")
    ]


def test_a_mapping_that_an_alias_repeats_is_not_changed_elsewhere() -> None:
    text = (
        "---\nkind: RollbackPlan\nmetadata: &m {operation: op-7, owner: a, level: 1}\nchange: *m\n---\n"
        "# Rollback Plan: x\n\n## Operation Summary\n\n**What we're changing**: all\n"
    )
    document = read(text).source_map.root.value
    assert "summary" in document["change"]
    assert "summary" not in document["metadata"]


def test_markdown_in_capitals_is_markdown_too(tmp_path: Path) -> None:
    path = tmp_path / "PLAN.MD"
    path.write_bytes(TEMPLATE.read_bytes())
    assert load_plan(path).plan is not None
