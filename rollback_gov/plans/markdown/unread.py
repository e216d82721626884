"""What looks as if it were read, and stands where nothing reads it: refused, as a review would take it for the plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.inline import code_only
from rollback_gov.plans.markdown.labels import Labelled
from rollback_gov.plans.markdown.nearest import nearest
from rollback_gov.plans.markdown.page import Page
from rollback_gov.plans.markdown.sections import Section
from rollback_gov.plans.problem import shorten

SHOWN = frozenset({"text", "txt", "console", "output", "log", "json", "diff"})
"""Languages of blocks that are there for people."""


def refuse_unread(page: Page, rest: Iterable[Block | Labelled], *, lists: bool = False) -> None:
    """Refuse tables, and blocks of code inside of other blocks; with ``lists`` lists too. Raises DocumentError."""
    for top in rest:
        for block in top.walk() if isinstance(top, Block) else ():
            if block.kind == "table" or (lists and block.kind == "list"):
                _refuse(page, block)
            elif _is_code(block):
                page.refuse(
                    page.start(block),
                    "This block stands inside of something that is text for people, and nothing reads it.",
                    "Put it right below the entry that it belongs to, indented like its text; "
                    "write ```text where it is only shown.",
                )


def beside_lists(rest: Iterable[Block | Labelled]) -> list[Block | Labelled]:
    """Give what is no list, for where lists are steps or texts: whatever those hold is looked at with them."""
    return [left for left in rest if not isinstance(left, Block) or left.kind != "list"]


def refuse_code(page: Page, rest: Iterable[Block | Labelled]) -> None:
    """Refuse what text for people below an entry must not hold: blocks of code, and tables of commands."""
    blocks = [block for block in rest if isinstance(block, Block)]
    for block in blocks:
        if block.kind == "table" and not any(code_only(each.text) for each in block.walk()):
            continue
        refuse_unread(page, [block])


def refuse_sections(page: Page, section: Section, known: Sequence[str] = ()) -> None:
    """Refuse sections below one that reads no other than the known ones, where they are more than text."""
    for below in section.sections:
        if below.name in known:
            continue
        near = nearest(below.name, tuple(known), cutoff=0.7)
        if near or any(_is_read(block) for block in below.blocks) or below.sections:
            names = ", ".join(f"'{name.title()}'" for name in known) or "no sections"
            here = f"Below '{shorten(section.title.text)}' stand {names}; what is for people stands elsewhere."
            page.refuse(
                below.title,
                f"There is no section '{shorten(below.title.text)}' here, and nothing reads it.",
                f"Did you mean '{near.title()}'?" if near else here,
                code="RG004",
            )


def _refuse(page: Page, block: Block) -> None:
    if block.kind == "table":
        page.refuse(
            page.start(block),
            "Nothing reads a table here.",
            "Write each of its rows as an entry of a list; a table for people stands in a section of its own.",
        )
    page.refuse(page.start(block), "This list belongs to no section that is read.", "Write its title above it.")


def _is_code(block: Block) -> bool:
    return block.kind == "code" or (block.kind == "fence" and block.language not in SHOWN)


def _is_read(block: Block) -> bool:
    return any(each.kind in ("list", "table") or _is_code(each) for each in block.walk())
