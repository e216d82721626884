"""What an import has taken out of a runbook so far, with the line of each value, and what it could not find."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.inline import plain, without_checkbox
from rollback_gov.plans.markdown.titles import slug
from rollback_gov.plans.runbook.encoding import repaired
from rollback_gov.plans.runbook.times import windows_in


class Value(NamedTuple):
    """A value of the draft with the line of the runbook that says it, from 1; 0 for none."""

    value: Any
    line: int


class Gap(NamedTuple):
    """Something that a plan needs and the runbook does not say: where in the plan, what, and the line that asks."""

    at: str
    missing: str
    line: int = 0


@dataclass(slots=True)
class Taking:
    """The state of one import. ``encoding`` is that as which the text was read by mistake, or nothing."""

    encoding: str = ""
    plan: dict[str, Any] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    lines: set[int] = field(default_factory=set)
    """Lines that were taken, from 0."""
    windows: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """How many of a kind were found, for kinds that the plan does not keep apart."""
    placeholders: list[str] = field(default_factory=list)
    """As they are written, each once."""
    rehearsals: list[str] = field(default_factory=list)
    """What is tried before, by name."""
    checklists: list[tuple[str, str, int]] = field(default_factory=list)
    """Title, time (before, during, after; empty where it is not said) and length of each check list."""

    def said(self, text: str) -> str:
        """Give a piece of Markdown as plain text, its broken symbols repaired."""
        return repaired(without_checkbox(plain(text)), self.encoding)

    def text(self, text: str, line: int) -> Value:
        """Take a text for people from a line (from 0)."""
        self.lines.add(line)
        return Value(self.said(text), line + 1)

    def paragraph(self, block: Block) -> Value:
        """Take a whole paragraph."""
        self.take(block)
        return Value(self.said(block.text), block.line + 1)

    def take(self, block: Block) -> None:
        """Count the lines of a block as understood, and note the windows that its text speaks of."""
        self.lines.update(range(block.line, block.end))
        if block.kind in ("paragraph", "cell", "fence"):
            self.note_windows(block.text if block.kind != "fence" or not block.language else "")

    def note_windows(self, text: str) -> None:
        """Keep the spans that say when, so that somebody can look at them."""
        for line in text.split("\n"):
            self.windows += [found for found in windows_in(line) if found not in self.windows]

    def gap(self, at: str, missing: str, line: int = 0) -> None:
        """Note what is missing. Lines count from 1; 0 for none."""
        self.gaps.append(Gap(at, missing, line))


def entry_text(item: Block) -> str:
    """Give the text of an entry of a list: its first paragraph."""
    return item.children[0].text if item.children and item.children[0].kind == "paragraph" else ""


def items_of(blocks: Iterable[Block]) -> list[Block]:
    """Give the entries of every list among blocks."""
    return [item for block in blocks if block.kind == "list" for item in block.children]


def _shown(item: Block) -> list[str]:
    """Give the code that an entry shows: whoever ticks it types it."""
    return [block.text.strip() for block in item.walk() if block.kind in ("fence", "code")]


def texts_of(taking: Taking, blocks: Iterable[Block]) -> list[Value]:
    """Take the entries of every list among blocks as texts, each once."""
    found: dict[str, Value] = {}
    for item in items_of(blocks):
        taking.take(item)
        taking.note_windows(entry_text(item))
        value = Value("\n".join(filter(None, [taking.said(entry_text(item)), *_shown(item)])), item.line + 1)
        if value.value:
            found.setdefault(value.value, value)
    return list(found.values())


Ids = dict[str, int]
"""Ids that are taken, each with the next number for another of its name."""


def unique(name: str, otherwise: str, used: Ids) -> str:
    """Give an id that follows from a name and that nothing else has."""
    wanted = slug(name) or otherwise
    found = wanted
    while found in used:
        used[wanted] += 1
        found = f"{wanted[:56]}-{used[wanted]}"
    used[found] = 1
    return found


def rows_of(block: Block) -> tuple[list[str], list[list[Block]]]:
    """Give the headings of a table as they are written, and its other rows as cells."""
    rows = [row.children for row in block.children if row.kind == "row"]
    return ([cell.text for cell in rows[0]], rows[1:]) if rows else ([], [])
