"""Lines that are nothing but a title of the form in bold: headings, where such a title has its place."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator

from rollback_gov.plans.markdown import checking, decision, escalation
from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.page import Page, Said
from rollback_gov.plans.markdown.titles import bare, is_numbered, section_name

_BELOW = {
    "rollback decision criteria": decision.BELOW,
    "rollback verification procedure": checking.BELOW,
    "checklists": checking.LISTS,
    "rollback failure escalation": tuple(escalation.WHEN),
}
"""The titles inside of a section. Elsewhere the same words are text: "**After**" in a phase ends nothing."""
_NUMBERED = {"phase": 3, "scenario": 3, "option": 4}
_SCENARIOS = "partial rollback capability"
_PHASES = {"rollback procedure": 1, "recovery": 1, "last resort": 1, "rollback decision criteria": 2}
"""How many levels below the title of a section the titles of its phases stand."""
_COMMON = frozenset({"metadata", "checklists", "recovery", "last resort"})
"""Titles of sections that a phase may say of a part of itself."""


def with_titles(page: Page, blocks: Iterable[Block], sections: Container[str]) -> Iterator[Block]:
    """Give blocks with each title in bold as a heading. Raises DocumentError for one that may be text."""
    place = _Place(page, sections)
    for block in blocks:
        first, _, rest = block.text.partition("\n") if block.kind in ("paragraph", "heading") else ("", "", "")
        if block.kind == "heading":
            place.enter(first, block.level)
        text = first.strip().rstrip(": ")
        title = bare(Said(text, block.line, 0)).text
        level = place.level_of(block, title) if block.kind == "paragraph" and title != text else 0
        if not level:
            yield block
            continue
        place.enter(title, level)
        yield Block("heading", block.line, block.line + 1, text=text, level=level)
        if rest:
            yield Block("paragraph", block.line + 1, block.end, text=rest)


class _Place:
    """Where a reader from block to block is: in which section, and whether in one of its phases."""

    def __init__(self, page: Page, sections: Container[str]) -> None:
        self._page = page
        self._sections = sections
        self._section = ""
        self._level = 0
        self._in_phase = False

    def enter(self, title: str, level: int) -> None:
        """Go on below a title, which ends those of its level and deeper ones."""
        if level == 1:
            self._section, self._level, self._in_phase = "", 0, False
        elif not self._level or level <= self._level:
            name = section_name(bare(Said(title, 0, 0)).text)
            self._section, self._level, self._in_phase = name, level, False
        elif self._section in _PHASES:
            self._in_phase = level - self._level >= _PHASES[self._section]

    def level_of(self, block: Block, title: str) -> int:
        """Give the level of a title here; 0 for text. Raises DocumentError where it may be either."""
        name = section_name(title)
        if name in self._sections:
            if self._in_phase and name in _COMMON:
                self._page.refuse(
                    self._page.start(block),
                    f"Is '{name.title()}' a section here, or text of the phase above?",
                    f"Write `## {name.title()}` for the section; text says more than that.",
                )
            return 2
        if name in _BELOW.get(self._section, ()):
            return 3
        numbered = is_numbered(title)
        return 0 if numbered == "scenario" and self._section != _SCENARIOS else _NUMBERED.get(numbered, 0)
