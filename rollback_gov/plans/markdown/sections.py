"""A document as sections: every heading with what stands below it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.titles import bare, section_name


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
        """The title to be compared."""
        return section_name(self.title.text)


class _Nested(Protocol):
    level: int
    blocks: list[Block]
    sections: list[Any]


S = TypeVar("S", bound=_Nested)


def sections_of(page: Page, blocks: Iterable[Block]) -> Section:
    """Give the document as one section of level 0."""
    root = Section(None, Said("", 0, 0), 0)
    return nested(blocks, root, lambda heading: Section(heading, bare(page.lines_of(heading)[0]), heading.level))


def nested(blocks: Iterable[Block], root: S, section_of: Callable[[Block], S]) -> S:
    """Put blocks into the sections that their headings begin, inside of ``root``."""
    stack = [root]
    for block in blocks:
        if block.kind != "heading":
            stack[-1].blocks.append(block)
            continue
        while stack[-1].level >= block.level:
            stack.pop()
        section = section_of(block)
        stack[-1].sections.append(section)
        stack.append(section)
    return root
