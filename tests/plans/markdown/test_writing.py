"""A plan as a document reads back as the same plan, whatever its texts say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from markdown_it import MarkdownIt

from rollback_gov.model.plan import Plan
from rollback_gov.plans.build import build
from rollback_gov.plans.load import load_plan, load_text
from rollback_gov.plans.markdown.reader import read_markdown
from rollback_gov.plans.markdown.writing import document as document_module
from rollback_gov.plans.markdown.writing.document import write_markdown
from rollback_gov.plans.markdown.writing.sections import SECTIONS
from rollback_gov.plans.schema import check_schema
from rollback_gov.plans.source import Source
from rollback_gov.records.digests import digests
from tests.plans.documents import DOCUMENTS, EXAMPLES
from tests.thoroughness import examples

from .test_reader import FORM
from .texts import rewritten

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
WITHOUT_SECTION = {"apiVersion", "kind", "parameters", "tools", "uses", "watch_after", "troubleshooting", "regions"}
WITHOUT_SECTION |= {"communication", "contacts", "notes"}


def front_matter(text: str) -> set[str]:
    found = re.match(r"---\n(.*?)^---$", text, re.DOTALL | re.MULTILINE)
    return set(re.findall(r"^(\w+):", found[1], re.MULTILINE)) if found else set()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.parent.name)
def test_an_example_is_the_same_plan_and_every_section_says_its_part(path: Path) -> None:
    plan = load_plan(path)
    text = write_markdown(plan.source_map.root.value)
    document = load_text(path.with_name("plan.md"), Source("plan.md", text))
    assert document.findings == ()
    assert document.require() == plan.require()
    assert digests(document.require(), document.files) == digests(plan.require(), plan.files)
    assert front_matter(text) <= WITHOUT_SECTION


@pytest.mark.parametrize("path", FORM, ids=lambda path: path.stem)
def test_a_document_is_written_in_its_settled_form(path: Path) -> None:
    once = write_markdown(read_markdown(Source("plan.md", path.read_text(encoding="utf-8")))[0])
    twice = write_markdown(read_markdown(Source("plan.md", once))[0])
    assert once == twice


@settings(max_examples=examples(30), suppress_health_check=SLOW, deadline=None)
@given(rewritten())
def test_any_plan_reads_back_as_the_same_plan(document: Any) -> None:
    assert check_schema("plan-v1", document) == ()
    text = write_markdown(document)
    again = read_markdown(Source("plan.md", text))[0]
    plan, read = build(Plan, document), build(Plan, again)
    assert read == plan
    assert digests(read, {}) == digests(plan, {})
    assert front_matter(text) <= WITHOUT_SECTION


@settings(max_examples=examples(30), suppress_health_check=SLOW, deadline=None)
@given(rewritten())
def test_text_of_a_plan_stays_text(document: Any) -> None:
    """Nothing of it becomes a link, an image, HTML or a mention, and no character is invisible."""
    text = write_markdown(document)
    body = text.split("\n---\n", 1)[-1]
    for line in text.split("\n"):
        assert line.replace("\t", "").isprintable()
    for token in MarkdownIt("commonmark").parse(body):
        for inner in [token, *(token.children or ())]:
            assert inner.type not in ("link_open", "image", "html_inline", "html_block")
            if inner.type == "text":
                assert not re.search(r"://|www\.|@\w|(?<!\w)#\d|GH-\d", inner.content)


def test_what_no_section_can_say_stands_in_the_front_matter() -> None:
    document = {**DOCUMENTS["kubernetes"], "scenarios": [], "sla": "0s"}
    text = write_markdown(document)
    assert "scenarios: []" in text
    assert build(Plan, read_markdown(Source("plan.md", text))[0]) == build(Plan, document)


def test_what_no_round_could_say_is_front_matter_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(document_module, "_ROUNDS", 0)
    text = write_markdown(DOCUMENTS["kubernetes"])
    assert front_matter(text) >= {"apiVersion", "kind", "metadata", "phases"}
    assert read_markdown(Source("plan.md", text))[0] == DOCUMENTS["kubernetes"]


def test_a_section_that_reads_back_as_something_else_is_held_back(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**SECTIONS, "scenarios": lambda plan: plan.pop("scenarios") and ["## Partial Rollback Capability"]}
    monkeypatch.setattr(document_module, "SECTIONS", wrong)
    text = write_markdown(DOCUMENTS["demo"])
    assert "scenarios" in front_matter(text)
    assert "phases" not in front_matter(text)
    assert build(Plan, read_markdown(Source("plan.md", text))[0]) == build(Plan, DOCUMENTS["demo"])


@pytest.mark.parametrize("lines", [["```bash"], ["## Metadata", "", "**Certification Level**: 9"]])
def test_a_section_that_cannot_be_read_leaves_all_to_the_front_matter(
    monkeypatch: pytest.MonkeyPatch, lines: list[str]
) -> None:
    monkeypatch.setattr(document_module, "SECTIONS", {"metadata": lambda plan: plan.pop("metadata") and lines})
    text = write_markdown(DOCUMENTS["kubernetes"])
    assert front_matter(text) >= {"metadata", "phases"}
    assert build(Plan, read_markdown(Source("plan.md", text))[0]) == build(Plan, DOCUMENTS["kubernetes"])


def test_services_with_brackets_keep_them() -> None:
    document = {**DOCUMENTS["kubernetes"], "change": {"services": ["api (old)", "web"]}}
    text = write_markdown(document)
    assert "- `api (old)`\n- web\n" in text
