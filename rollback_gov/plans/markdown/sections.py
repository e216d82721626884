"""A document as sections: every heading with what stands below it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.page import Page, Said


@dataclass(slots=True)
class Section:
    """A heading (none for what stands before the first), the blocks right below it, and the sections inside."""

    heading: Block | None
    title: Said
    level: int
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The title in small letters, to be compared."""
        return plain(self.title.text).lower().rstrip(":").strip()


def sections_of(page: Page, blocks: Iterable[Block]) -> Section:
    """Give the document as one section of level 0."""
    root = Section(None, Said("", 0, 0), 0)
    stack = [root]
    for block in blocks:
        if block.kind != "heading":
            stack[-1].blocks.append(block)
            continue
        while stack[-1].level >= block.level:
            stack.pop()
        section = Section(block, page.lines_of(block)[0], block.level)
        stack[-1].sections.append(section)
        stack.append(section)
    return root
