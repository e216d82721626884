"""``Rollback Verification Procedure`` and ``Checklists``."""

from __future__ import annotations

from rollback_gov.plans.markdown.body import plain_texts, read_body
from rollback_gov.plans.markdown.draft import Draft, append, sequence
from rollback_gov.plans.markdown.items import entries_of, read_item
from rollback_gov.plans.markdown.labels import Field
from rollback_gov.plans.markdown.page import Page
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.markdown.unread import beside_lists, refuse_sections, refuse_unread

_BUDGET = {"budget": Field("budget", "span")}
BELOW = ("automated verification", "manual verification checklist")
LISTS = ("before", "during", "after")


def read_verification(page: Page, root: Draft, section: Section) -> None:
    """Read the checks that a machine makes and those that people make."""
    verification = root.record("verification", section.title)
    refuse_unread(page, read_body(page, section.blocks, verification, _BUDGET), lists=True)
    refuse_sections(page, section, BELOW)
    for below in section.sections:
        if below.name == "automated verification":
            _checks(page, verification, below)
        elif below.name == "manual verification checklist":
            refuse_sections(page, below)
            refuse_unread(page, beside_lists(read_body(page, below.blocks, verification, {})))
            manual = plain_texts(page, below.blocks)
            if manual is not None:
                verification.put("manual", manual)


def _checks(page: Page, verification: Draft, section: Section) -> None:
    """Read one check an entry. A script that stands alone is one check, which its YAML names."""
    refuse_sections(page, section)
    alone = Draft(page, section.title)
    rest = read_body(page, section.blocks, alone, {}, script="run")
    checks = sequence(section.title)
    for number, item in enumerate(entries_of(page, rest), start=1):
        append(checks, read_item(page, item, f"check-{number}").node)
    if alone.node.value:
        alone.derive("id", page.node("verify-rollback", section.title))
        append(checks, alone.node)
    if checks.value:
        verification.put("checks", checks)


def read_checklists(page: Page, root: Draft, section: Section) -> None:
    """Read what people tick before, during and after."""
    lists = root.record("checklists", section.title)
    refuse_unread(page, read_body(page, section.blocks, lists, {}), lists=True)
    refuse_sections(page, section, LISTS)
    for below in section.sections:
        if below.name in LISTS:
            refuse_sections(page, below)
            refuse_unread(page, beside_lists(below.blocks))
            entries = plain_texts(page, below.blocks)
            if entries is not None:
                lists.put(below.name, entries)
