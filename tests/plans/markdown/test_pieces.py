"""Corners of the reader and the writer that whole documents seldom meet."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.plans.markdown.draft import Draft
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.reader import read_markdown
from rollback_gov.plans.markdown.writing.document import write_markdown
from rollback_gov.plans.markdown.yaml_fence import front_matter
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source

from .test_reader import read

HEAD = "# Rollback Plan: x\n\n## Metadata\n- **Operation ID**: op-7\n- **Owner**: a\n- **Certification Level**: 1\n\n"
MINIMAL: dict[str, Any] = {
    "apiVersion": "rollback-gov/v1",
    "kind": "RollbackPlan",
    "metadata": {"operation": "op-7", "title": "Payment 3.2", "owner": "payments", "level": 1, "risk": "low"},
    "phases": [{"id": "undo", "steps": [{"id": "call", "manual": "Call Ana", "notes": "She knows."}]}],
}


def test_a_small_plan_is_a_small_document() -> None:
    assert write_markdown(MINIMAL) == (
        "# Rollback Plan: Payment 3.2\n\n## Metadata\n\n- **Operation ID**: op-7\n- **Owner**: payments\n"
        "- **Certification Level**: 1\n\n```yaml\nrisk: low\n```\n\n## Rollback Procedure\n\n### Phase 1: undo\n\n"
        "1. **call**\n\n   ```yaml\n   notes: She knows.\n   manual: Call Ana\n   ```\n"
    ).replace("notes: She knows.\n   manual: Call Ana", "manual: Call Ana\n   notes: She knows.")


def test_front_matter_that_is_never_closed() -> None:
    with pytest.raises(DocumentError, match="never closed"):
        front_matter(Page(Source("x", "---\na: b\n")))


def test_front_matter_of_comments_says_nothing() -> None:
    assert front_matter(Page(Source("x", "---\n# a: b\n\n---\ntext\n"))) == (None, 4)
    assert front_matter(Page(Source("x", "text\n"))) == (None, 0)


def test_an_alias_is_moved_once() -> None:
    node, lines = front_matter(Page(Source("x", "---\na: &a\n  b: c\nd: *a\n---\n")))
    assert node is not None
    assert lines == 5
    assert (node.children["d"].children["b"].line, node.children["d"].children["b"].column) == (2, 5)


def test_a_record_in_place_of_a_text_is_refused() -> None:
    draft = Draft(Page(Source("x", "a\n")), Said("a", 0, 0))
    draft.put("metadata", draft.page.node("text", Said("a", 0, 0)))
    with pytest.raises(DocumentError, match="'metadata' is said twice"):
        draft.record("metadata", Said("a", 0, 0))


@pytest.mark.parametrize(
    ("below", "steps"),
    [
        ("1. **Call Ana**: she knows\n", [{"manual": "she knows", "id": "call-ana", "name": "Call Ana"}]),
        ("1. **Call Ana:**\n", [{"manual": "Call Ana", "id": "call-ana", "name": "Call Ana"}]),
        ("1. Call\n   **Note**: twice\n", [{"manual": "Note: twice", "id": "call", "name": "Call"}]),
        ("1. Call\n\n   **Note**: twice\n", [{"manual": "Note: twice", "id": "call", "name": "Call"}]),
        ("1. [ ] Call\n\n   > quoted\n", [{"manual": "quoted", "id": "call", "name": "Call"}]),
        ("- ! \n", [{"manual": "!", "id": "step-1", "name": "!"}]),
        ("1. a\n\ntext\n\n2. b\n", [{"manual": "a", "id": "a"}, {"manual": "b", "id": "b"}]),
        ("1. a\n   ```yaml\n   # nothing\n   ```\n", []),
    ],
)
def test_entries(below: str, steps: list[dict[str, Any]]) -> None:
    text = f"{HEAD}## Rollback Procedure\n\n### Phase 1: x\n\n{below}"
    if not steps:
        with pytest.raises(DocumentError, match="holds no document"):
            read_markdown(Source("x", text))
        return
    assert read_markdown(Source("x", text))[0]["phases"][0]["steps"] == steps


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("## Rollback Verification Procedure\n\n### More\n\nText.\n", "verification", {}),
        ("## Checklists\n\n### Before\n\nNothing.\n\n### Elsewhere\n\nText.\n", "checklists", {}),
        ("## Pre-Rollback State Capture\n\n- only text\n", "baseline", None),
        ("## State at Rollback\n\n**Budget**: 5 seconds\n", "capture", {"budget": "5s"}),
        ("## Rollback Failure Escalation\n\n### If Rollback Fails\n\nCall Ana.\n\n### Else\n", "escalation", None),
        ("## Rollback Decision Criteria\n\n### Point of No Return\n\nUnknown.\n", "point_of_no_return", {}),
        ("## Rollback Testing Requirements\n\n- Schedule: soon\n", "rehearsal", {}),
        ("## Recovery\n\nNothing.\n", "recovery", None),
        ("## Partial Rollback Capability\n\nNone.\n", "scenarios", None),
        ("## Automatic Rollback System\n\n```json\n[1]\n```\n", "watch", None),
        (
            '## Automatic Rollback System\n\n```json\n{"auto_rollback": {"require_manual_confirmation": true}}\n```\n',
            "watch",
            {"mode": "confirm"},
        ),
    ],
)
def test_sections_that_say_little(text: str, key: str, value: Any) -> None:
    assert read(f"{HEAD}{text}").source_map.root.value.get(key) == value


def test_a_trigger_of_the_json_without_a_list_is_a_trigger() -> None:
    settings = '{"auto_rollback": {"triggers": [{"metric": "lag", "threshold": "odd", "comparison": "less_than"}]}}'
    document = read(f"{HEAD}## Automatic Rollback System\n\n```json\n{settings}\n```\n").source_map.root.value
    assert document["triggers"] == [{"query": {"source": "lag"}, "below": "odd", "id": "lag"}]


def test_yaml_that_libyaml_gives_up_on_has_its_place() -> None:
    text = f"{HEAD}```yaml\na: {'[' * 60}\n```\n"
    [finding] = read(text).findings
    assert (finding.code, finding.place.line) == ("RG003", 9)


def test_an_id_that_follows_from_the_name_is_not_written() -> None:
    step = {"id": "call-ana", "name": "Call Ana", "run": "true"}
    other = {"id": "ana", "name": "Call Ana", "run": "true"}
    text = write_markdown({**MINIMAL, "phases": [{"id": "undo", "steps": [step, other]}]})
    assert text.count("id: ") == 1
    assert "id: ana\n" in text


def test_only_words_about_the_point_of_no_return_guard_a_phase() -> None:
    text = f"{HEAD}## Rollback Procedure\n\n### Phase 1: x\n\n**CRITICAL**: Call Ana first!\n\n1. a\n"
    assert "guard" not in read(text).source_map.root.value["phases"][0]
