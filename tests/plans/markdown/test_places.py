"""Everything that a document says is found again where it stands, inside of blocks too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.plans.load import LoadedPlan, load_plan, load_text
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.spans import same_span, span_of
from rollback_gov.plans.markdown.titles import slug
from rollback_gov.plans.markdown.writing.document import write_markdown
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import Node
from tests.plans.documents import EXAMPLES, paths

from .test_reader import FORM, TEMPLATE


def documents() -> Iterator[LoadedPlan]:
    for path in EXAMPLES:
        text = write_markdown(load_plan(path).source_map.root.value)
        yield load_text(path.with_name("plan.md"), Source("plan.md", text))
    yield from map(load_plan, FORM)


@pytest.fixture(scope="module")
def loaded() -> list[LoadedPlan]:
    return list(documents())


def value_at(document: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        document = document[part]
    return document


def shown(plan: LoadedPlan, node: Node) -> str:
    line = plan.source.lines[node.line]
    return line[node.column : node.end_column if node.end_column >= 0 else None]


def says(text: str, value: Any, key: str | int) -> bool:
    """Tell whether a piece of the document says a value: to the letter, as Markdown or YAML, or in the form's words."""
    written = str(value)
    if text.strip("'\"") in (written, written.lower()) or plain(text) == written or same_span(span_of(text), written):
        return True
    if key in ("id", "any") or isinstance(key, int):
        follows = slug(plain(text)).startswith(written)
        return follows or written in text or re.fullmatch(r"[a-z-]+-\d+|forward-fix", written) is not None
    return written.lower() in text.lower()


DERIVED = {("apiVersion",), ("kind",)}
WORDS = {"guard", "on", "signal", "source", "action", "mode", "count", "at_least", "over", "severity"}


def test_every_value_on_one_line_stands_where_its_place_says(loaded: list[LoadedPlan]) -> None:
    looked_at = 0
    for plan in loaded[: len(EXAMPLES)]:
        document = plan.source_map.root.value
        for path in paths(document):
            value, node = value_at(document, path), plan.source_map.node(path)
            assert node is not None
            if isinstance(value, dict | list | None) or node.end_column < 0 or node.block or path in DERIVED:
                continue
            text = shown(plan, node)
            if path[-1] in WORDS and not says(text, value, path[-1]):
                assert text  # said by a title or by what stands above
                continue
            if "decision" in path and path[-1] != "note":
                continue  # follows from the lists of triggers
            assert says(text, value, path[-1]), (plan.source.name, path, value, text)
            looked_at += 1
    assert looked_at > 3000


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("metadata", "title"), "Deploy the order page 4.2"),
        (("metadata", "owner"), "`order-team`"),
        (("metadata", "risk"), "High (checkout + schema migration)"),
        (("baseline", 0, "name"), "Database dump"),
        (("baseline", 1, "save"), "state.yaml"),
        (("triggers", 0, "above"), "Error rate > 1% for 2 consecutive minutes"),
        (("triggers", 0, "query", "source"), '"error_rate"'),
        (("triggers", 3, "rationale"), "is long"),
        (("triggers", 6, "for"), "60"),
        (("timeout", "after"), "900"),
        (("phases", 0, "budget"), "1 minute"),
        (("phases", 0, "steps", 0, "notes"), "Nobody needs to log in again."),
        (("phases", 1, "guard"), "Only execute if NOT past point of no return!"),
        (("phases", 1, "alternatives", 1, "name"), "Restore the dump"),
        (("phases", 2, "budget"), "2 minutes"),
        (("scenarios", 0, "phases", 1), "3"),
        (("scenarios", 1, "phases", 0, "steps", 0), "front-door"),
        (("rehearsal", "participants", 1), "SRE"),
        (("escalation", 1, "after"), "30+ minutes"),
        (("escalation", 2, "after"), "10 minutes"),
        (("sla",), "15 minutes (Level 3)"),
    ],
)
def test_what_words_say_stands_where_they_stand(path: tuple[str | int, ...], text: str) -> None:
    plan = load_plan(TEMPLATE)
    node = plan.source_map.node(path)
    assert node is not None
    assert shown(plan, node) == text


def test_every_word_of_a_script_is_found_where_it_stands(loaded: list[LoadedPlan]) -> None:
    words = 0
    for plan in loaded:
        document = plan.source_map.root.value
        for path in paths(document):
            text = value_at(document, path)
            if path[-1] != "run" or not isinstance(text, str):
                continue
            for word in re.finditer(r"[^\s\\\"']+", text):
                place = plan.locate(path, word.start(), word.end())
                line = plan.source.lines[place.line - 1]
                assert line[place.column - 1 : place.end_column - 1] == word[0], (path, word[0], line)
                words += 1
    assert words > 1000


def test_every_key_is_found_where_it_stands(loaded: list[LoadedPlan]) -> None:
    """A key stands in YAML, or as its label; what a title says has the title for its key."""
    for plan in loaded:
        document = plan.source_map.root.value
        for path in paths(document):
            place = plan.source_map.place(path, at_key=True)
            assert place.line <= len(plan.source.lines)
            assert place.column <= len(plan.source.lines[place.line - 1]) + 1


def test_a_finding_inside_of_a_block_stands_at_the_very_word(tmp_path: Path) -> None:
    from datetime import UTC, datetime

    from rollback_gov.commands.judge import Demands, check_plan
    from rollback_gov.model.policy import Policy
    from rollback_gov.model.trust import Trust

    path = tmp_path / "plan.md"
    path.write_text(
        "# Rollback Plan: x\n\n## Metadata\n- **Operation ID**: op-7\n- **Owner**: a\n- **Certification Level**: 2\n\n"
        "## Rollback Procedure\n\n### Phase 1: Undo (2 minutes)\n\n1. **Delete**\n\n"
        '   ```bash\n   echo one\n   \techo two; rm -rf "$UNSET/"\n   ```\n\n   ```yaml\n   timeout: 1m\n   ```\n',
        encoding="utf-8",
    )
    demands = Demands(policy=Policy(), trust=lambda: Trust(keys=()), now=datetime(2026, 1, 1, tzinfo=UTC))
    found = check_plan(load_plan(path, name="plan.md"), demands).findings
    places = {finding.code: str(finding.place) for finding in found if finding.code.startswith("RG2")}
    assert places == {"RG201": "plan.md:16:23", "RG208": "plan.md:16:22", "RG209": "plan.md:16:22"}
