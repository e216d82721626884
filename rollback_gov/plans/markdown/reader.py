"""A plan in Markdown as the document that YAML would give, with the place of every value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rollback_gov.model.finding import Place
from rollback_gov.plans.markdown import (
    about,
    automatic,
    checking,
    decision,
    escalation,
    kept,
    procedure,
    scenarios,
    testing,
)
from rollback_gov.plans.markdown.blocks import Block, TooManyBlocks, read_blocks
from rollback_gov.plans.markdown.bold import with_titles
from rollback_gov.plans.markdown.draft import Draft
from rollback_gov.plans.markdown.nearest import nearest
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.recognise import HOW, NO_PLAN, is_plan
from rollback_gov.plans.markdown.sections import Section, sections_of
from rollback_gov.plans.markdown.yaml_fence import check_size, front_matter, size
from rollback_gov.plans.problem import DocumentError, shorten
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import SourceMap
from rollback_gov.plans.yaml_errors import check_line_breaks

Read = Callable[[Page, Draft, Section], None]
SECTIONS: dict[str, Read] = {
    "metadata": about.read_metadata,
    "operation summary": about.read_summary,
    "pre-rollback state capture": kept.read_baseline,
    "state at rollback": kept.read_capture,
    "rollback decision criteria": decision.read_criteria,
    "rollback procedure": procedure.read_procedure,
    "rollback testing requirements": testing.read_testing,
    "rollback verification procedure": checking.read_verification,
    "checklists": checking.read_checklists,
    "recovery": procedure.read_recovery,
    "last resort": procedure.read_last_resort,
    "rollback failure escalation": escalation.read_escalation,
    "rollback time estimate": procedure.read_estimate,
    "partial rollback capability": scenarios.read_scenarios,
    "automatic rollback system": automatic.read_automatic,
}
"""Titles in small letters, in the order in which they are read: the last three speak of what others say."""
FIRST_LINE = Said("", 0, 0)


def read_markdown(source: Source) -> tuple[Any, SourceMap]:
    """Read one plan. Raises DocumentError: RG001 (no plan), RG002 (not of the form), RG003 (said twice, hidden), RG004
    (a title or label that is nearly one of the form's)."""
    check_line_breaks(source)
    if not is_plan(source):
        raise DocumentError("RG001", NO_PLAN, Place(source.name), hint=HOW)
    page = Page(source)
    root, blocks = _opened(page)
    document = sections_of(page, with_titles(page, blocks, SECTIONS))
    known: dict[str, list[Section]] = {}
    for top in document.sections:
        for section in top.sections if top.level == 1 else (top,):
            known.setdefault(_known(page, section), []).append(section)
    for name, read in SECTIONS.items():
        for section in known.get(name, ()):
            read(page, root, section)
    if document.sections and document.sections[0].level == 1:
        about.read_title(page, root, document.sections[0].title)
    check_size(page, size(root.node))
    return root.node.value, SourceMap(source.name, root.node)


def _opened(page: Page) -> tuple[Draft, list[Block]]:
    """Read the front matter and the blocks behind it, and refuse what hides text from people."""
    matter, skipped = front_matter(page)
    try:
        blocks = read_blocks(page.source.lines[skipped:], first=skipped)
    except TooManyBlocks as error:
        page.refuse(FIRST_LINE, str(error), "A plan is a document for people: split it.", code="RG003")
    _check(page, blocks)
    root = Draft(page, Said("", skipped, 0), matter)
    for key, value in (("apiVersion", "rollback-gov/v1"), ("kind", "RollbackPlan")):
        root.derive(key, page.node(value, FIRST_LINE))
    return root, blocks


def _check(page: Page, blocks: Sequence[Block]) -> None:
    for top in blocks:
        for block in top.walk():
            if block.kind == "html" and not about.is_comment(block):
                page.refuse(
                    page.start(block),
                    "A plan holds no HTML but comments: it can hide what is run.",
                    "Write it as Markdown, or in backticks.",
                    code="RG003",
                )
            elif not block.closed:
                page.refuse(page.start(block), "This block is never closed.", "Close it with a line like its first.")


def _known(page: Page, section: Section) -> str:
    """Give the section's title if it is one of the form; refuse one that nearly is. Any other is for people."""
    name = section.name
    if name in SECTIONS:
        return name
    near = nearest(name, tuple(SECTIONS), cutoff=0.85)
    if near:
        page.refuse(
            section.title,
            f"There is no section '{shorten(section.title.text)}'.",
            f"Did you mean '{near.title()}'?",
            code="RG004",
        )
    return ""
