"""A document that is being read: where things stand in it, and how a mistake is told."""

from __future__ import annotations

from typing import NamedTuple, NoReturn

from rollback_gov.model.finding import Place
from rollback_gov.model.record import Record
from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import Source
from rollback_gov.plans.source_map import Node


class Said(NamedTuple):
    """A piece of text in one line of the document, still as Markdown. Lines and columns count from 0."""

    text: str
    line: int
    column: int

    @property
    def end(self) -> int:
        """The column behind it."""
        return self.column + len(self.text)

    def part(self, start: int, end: int | None = None) -> Said:
        """Give a piece of it, without blanks around."""
        text = self.text[start:end]
        return Said(text.strip(), self.line, self.column + start + len(text) - len(text.lstrip()))


class Page(Record, kw_only=False):
    """The document's text. Raises DocumentError where it cannot be read as a plan."""

    source: Source

    def lines_of(self, block: Block) -> list[Said]:
        """Give the lines of a heading or paragraph with their places."""
        return [self._said(text, block.line + index) for index, text in enumerate(block.text.split("\n"))]

    def _said(self, text: str, line: int) -> Said:
        lines = self.source.lines
        column = lines[line].rfind(text) if line < len(lines) else -1
        return Said(text, line, max(column, 0))

    def indent(self, block: Block) -> int:
        """Give the column at which the content of a fence stands."""
        lines = self.source.lines
        content = block.text.split("\n")
        for index, text in enumerate(content):
            line = lines[block.line + 1 + index] if block.line + 1 + index < len(lines) else ""
            if text.strip() and line.endswith(text):
                return len(line) - len(text)
        return 0

    def node(self, value: object, said: Said) -> Node:
        """Give a value with the place of the text that says it."""
        return Node(value, said.line, said.column, said.end)

    def start(self, block: Block) -> Said:
        """Give the place where a block begins: its first line without the blanks before."""
        line = self.source.lines[block.line] if block.line < len(self.source.lines) else ""
        text = line.strip()
        return Said(text, block.line, len(line) - len(line.lstrip()))

    def refuse(self, said: Said, message: str, hint: str = "", *, code: str = "RG002") -> NoReturn:
        """Raise DocumentError at a piece of text."""
        place = Place(self.source.name, said.line + 1, said.column + 1, said.end + 1 if said.text else 0)
        raise DocumentError(code, message, place, hint=hint)
