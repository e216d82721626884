"""Phases: ``### Phase 1: Stop traffic (1 minute)`` with an objective and steps, or with options."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.body import read_body
from rollback_gov.plans.markdown.draft import Draft, append, sequence
from rollback_gov.plans.markdown.items import entries_of, read_step
from rollback_gov.plans.markdown.labels import Field, Labelled
from rollback_gov.plans.markdown.page import Page
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.titles import name_by, with_span, without_number
from rollback_gov.plans.markdown.unread import beside_lists, refuse_unread
from rollback_gov.plans.source_map import Node

GUARDED = "Only execute if NOT past point of no return!"
"""What the label ``CRITICAL`` of a guarded phase says."""
_GUARD = re.compile(r"\bpast (the )?point of no return\b", re.IGNORECASE)
_LABELS = {"objective": Field("objective")}


def read_phases(page: Page, sections: Sequence[Section]) -> list[Node]:
    """Read every section as a phase. Raises DocumentError."""
    return [_phase(page, section, number) for number, section in enumerate(sections, start=1)]


def _phase(page: Page, section: Section, number: int) -> Node:
    title, budget = with_span(without_number(section.title))
    draft = Draft(page, title if title.text else section.title)
    rest = read_body(page, section.blocks, draft, _LABELS)
    name_by(draft, title, f"phase-{number}")
    if budget is not None:
        draft.put("budget", budget)
    refuse_unread(page, beside_lists(rest))
    guard = next((entry for entry in rest if isinstance(entry, Labelled) and _is_guard(entry)), None)
    if guard is not None:
        draft.put("guard", page.node("before_point_of_no_return", guard.value[0]), at=page.node("", guard.label))
    _steps(page, draft, rest)
    if section.sections:
        ways = sequence(section.sections[0].title)
        for count, option in enumerate(section.sections, start=1):
            append(ways, _alternative(page, option, count))
        draft.put("alternatives", ways)
    return draft.node


def _alternative(page: Page, section: Section, number: int) -> Node:
    title = without_number(section.title)
    draft = Draft(page, title if title.text else section.title)
    rest = read_body(page, section.blocks, draft, {})
    name_by(draft, title, f"option-{number}")
    refuse_unread(page, beside_lists(rest))
    _steps(page, draft, rest)
    if section.sections:
        page.refuse(section.sections[0].title, "An option has no sections of its own.", "Make its entries a list.")
    return draft.node


def _steps(page: Page, draft: Draft, rest: Sequence[Block | Labelled]) -> None:
    items = list(entries_of(page, rest))
    if items:
        steps = sequence(page.start(items[0]))
        for number, item in enumerate(items, start=1):
            append(steps, read_step(page, item, number).node)
        draft.put("steps", steps)


def _is_guard(entry: Labelled) -> bool:
    return entry.name in ("critical", "guard") and any(_GUARD.search(line.text) for line in entry.value)
