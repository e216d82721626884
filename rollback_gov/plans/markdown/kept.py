"""``Pre-Rollback State Capture``, kept before the change, and ``State at Rollback``, kept at that moment."""

from __future__ import annotations

from rollback_gov.plans.markdown.body import SHELL, read_body
from rollback_gov.plans.markdown.draft import Draft, append, sequence
from rollback_gov.plans.markdown.items import entries_of, read_item
from rollback_gov.plans.markdown.labels import Field
from rollback_gov.plans.markdown.page import Page
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.unread import refuse_code, refuse_sections
from rollback_gov.plans.source_map import Node

_BUDGET = {"budget": Field("budget", "span")}


def read_baseline(page: Page, root: Draft, section: Section) -> None:
    """Read the entries that have a block below them; the others are there for people.

    A script that stands alone is one entry, which its YAML names.
    """
    refuse_sections(page, section)
    alone = Draft(page, section.title)
    entries = _entries(page, section, alone, "run")
    if alone.node.value:
        alone.derive("id", page.node("state", section.title))
        entries.append(alone.node)
    if entries:
        root.put("baseline", sequence(section.title, entries))


def read_capture(page: Page, root: Draft, section: Section) -> None:
    """Read what is kept when the rollback begins, and how long that may take."""
    refuse_sections(page, section)
    capture = root.record("capture", section.title)
    entries = _entries(page, section, capture, "")
    if entries:
        capture.put("items", sequence(section.title, entries))


def _entries(page: Page, section: Section, around: Draft, script: str) -> list[Node]:
    rest = read_body(page, section.blocks, around, {} if script else _BUDGET, script=script)
    items = sequence(section.title)
    for number, item in enumerate(entries_of(page, rest), start=1):
        if any(block.kind == "fence" and block.language in (*SHELL, "yaml", "yml") for block in item.children):
            append(items, read_item(page, item, f"state-{number}").node)
        else:
            refuse_code(page, item.children)
    return [items.children[index] for index in range(len(items.value))]
