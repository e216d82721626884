"""A runbook as documents: every plan that it shows inside of a block is one of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from rollback_gov.plans.markdown.blocks import Block, TooManyBlocks, read_blocks
from rollback_gov.plans.markdown.fences import DOCUMENTS
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.sections import nested
from rollback_gov.plans.markdown.titles import without_address
from rollback_gov.plans.runbook.dialects import as_markdown
from rollback_gov.plans.runbook.headings import with_headings
from rollback_gov.plans.runbook.words import section_kind

CLOSED = frozenset(
    [
        "ignored",
        "procedure",
        "checklist",
        "troubleshooting",
        "escalation",
        "scenarios",
        "recovery",
        "messages",
        "watch",
        "testing",
    ]
)
CLOSED |= {"verification", "configuration"}
"""Kinds whose inner sections are of the same kind, whatever their titles say."""
ANYWHERE = frozenset({"success"})
_IN_NOTES = frozenset({"triggers", "automatic", "reported", "success", "contacts"})
DEEPEST = 4
MOST = 1_000
"""Documents that a runbook shows: each is read for itself, and takes a while however short it is."""
_SHOWN = re.compile(r"[\s>]*(?:`{3,}|~{3,})\s*(?:" + "|".join(sorted(DOCUMENTS)) + r")\b", re.I)


@dataclass(slots=True)
class Section:
    """A heading with the blocks right below it and the sections inside. ``kind`` is what it says it is, or nothing.

    ``line`` counts from 0; ``title`` is plain text. The document itself has level 0.
    """

    title: str
    line: int
    level: int
    kind: str = ""
    blocks: list[Block] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)

    def walk(self) -> Iterator[Section]:
        """Give the section and every section inside of it."""
        yield self
        for section in self.sections:
            yield from section.walk()

    @property
    def whole(self) -> Iterator[Block]:
        """Every block of it, those of the sections inside too."""
        for section in self.walk():
            yield from section.blocks

    @property
    def alone(self) -> Section:
        """The section without the sections inside of it."""
        return Section(self.title, self.line, self.level, self.kind, self.blocks)

    def outermost(self, kind: str) -> Iterator[Section]:
        """Give the sections of a kind inside of it, without those inside of another one."""
        for section in self.sections:
            if section.kind == kind:
                yield section
            else:
                yield from section.outermost(kind)


@dataclass(slots=True)
class Document:
    """A runbook, or a plan inside of one: its lines, its title and its sections."""

    lines: list[str]
    title: str
    title_line: int
    root: Section
    nested: list[Document] = field(default_factory=list)


def read_document(lines: list[str], *, first: int = 0, depth: int = 0) -> Document:
    """Read a document whose lines are counted from ``first`` on. Raises TooManyBlocks."""
    if depth == 0 and sum(_SHOWN.match(line) is not None for line in lines) > MOST:
        raise TooManyBlocks(f"The document shows more than {MOST} others.")
    blocks = list(with_headings(read_blocks(as_markdown(lines), first=first)))
    root = nested(blocks, Section("", first, 0), lambda each: Section(_title(each), each.line, each.level))
    heads = [section for section in root.sections if section.level == 1]
    title = heads[0] if heads else (root.sections[0] if root.sections else root)
    _classify(root)
    document = Document(lines, title.title, title.line, root)
    if depth < DEEPEST:
        for block in blocks:
            if block.kind == "fence" and block.language in DOCUMENTS:
                inner = block.text.removesuffix("\n").split("\n")
                document.nested.append(read_document(inner, first=block.line + 1, depth=depth + 1))
    return document


def _title(heading: Block) -> str:
    """Give a title as plain text, without the address that some programs write behind it."""
    text = plain(heading.text)
    return without_address(text) if text.endswith("}") else text


def _classify(root: Section) -> None:
    """Say of every section what it is. The title of the whole document says nothing about its parts."""
    for index, section in enumerate(root.sections):
        _say(section, "", is_title=section.level == 1 and all(one.level > 1 for one in root.sections[:index]))


def _say(section: Section, outer: str, *, is_title: bool = False) -> None:
    own = section_kind(section.title)
    if is_title:
        section.kind = ""
    elif section.level > 6:
        section.kind = own if own in _IN_NOTES and outer in ("", "ignored", "decision", "summary") else outer
    elif own in ANYWHERE or (outer == "troubleshooting" and own == "last_resort"):
        section.kind = own
    elif outer in CLOSED or not own:
        section.kind = outer
    else:
        section.kind = own
    for inner in section.sections:
        _say(inner, section.kind)
