"""The blocks of a Markdown document with their lines: CommonMark and tables, as GitHub shows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from rollback_gov.plans.markdown.fences import is_closing, language, lengthen

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

MAX_BLOCKS = 36_000
"""Pieces outside of blocks of code, as ``weight`` counts them: of entries or titles half as many. More is no document
for people, and takes more than a second: each takes about 20 microseconds, however short it is."""
_MARKERS = re.compile(r"[ \t]*(?:>|#{1,6}(?=[ \t]|$)|(?:[-*+]|[0-9]{1,9}[.)])(?=[ \t]|$))")
_DELIMITER = re.compile(r"[ \t>|:-]*-[ \t|:-]*")
"""The line below the head of a table."""
_MARKUP = re.compile(r"[\\`*_\[\]<&~]")
_LINE, _PARAGRAPH, _ENTRY, _CELL, _MARK = 3, 9, 17, 4, 2
"""Tenths of a piece: what each of them adds."""
_KINDS = {"bullet_list": "list", "ordered_list": "list", "list_item": "item", "blockquote": "quote", "tr": "row"}
_KINDS |= {"heading": "heading", "paragraph": "paragraph", "table": "table", "th": "cell", "td": "cell"}
_OPEN = {f"{name}_open": kind for name, kind in _KINDS.items()}
_CLOSE = frozenset(f"{name}_close" for name in _KINDS)
_LEAVES = {"fence": "fence", "code_block": "code", "html_block": "html", "hr": "rule"}


class TooManyBlocks(ValueError):  # noqa: N818 - a property of the document, not a defect of ours
    """The document has more lines and blocks than a reader may spend time on."""


@dataclass(slots=True)
class Block:
    """A heading, paragraph, fence, code, list, item, quote, table, row, cell, html or rule.

    ``line`` counts from 0 and ``end`` is exclusive. ``text`` is what a heading, paragraph or cell says, still as
    Markdown, or the content of a block of code or HTML. ``level`` is that of a heading; of a list, 1 says that it is
    numbered. A fence has its whole ``info``, and ``closed`` says whether anything but the end of the document ends it.
    """

    kind: str
    line: int
    end: int
    text: str = ""
    info: str = ""
    level: int = 0
    closed: bool = True
    children: list[Block] = field(default_factory=list)

    @property
    def language(self) -> str:
        """The language of a fence, in small letters."""
        return language(self.info)

    def walk(self) -> Iterator[Block]:
        """Give the block and every block inside of it."""
        yield self
        for child in self.children:
            yield from child.walk()


def read_blocks(lines: Sequence[str], *, first: int = 0, most: int = MAX_BLOCKS) -> list[Block]:
    """Read a document, or a piece of one whose lines are counted from ``first`` on. Raises TooManyBlocks.

    Lines have no line ends. For a document inside of a fence give its lines and the number of the first.
    """
    repaired, outside = lengthen(lines)
    if weight(outside) > most:
        raise TooManyBlocks("The document has too many lines, lists and marks to be read.")
    return _tree(_parser().parse("\n".join(repaired)), repaired, first)


@cache
def _parser() -> MarkdownIt:
    """Import markdown-it where somebody has Markdown."""
    from rollback_gov.plans.markdown.commonmark import parser

    return parser()


def weight(outside: Sequence[str]) -> int:
    """Guess how long reading lines outside of blocks of code takes, in pieces: an entry or title and its line are two.

    Lines of text cost little, empty ones nothing; a table costs by its cells, also those that it adds to shorter lines.
    """
    tenths = columns = 0
    inside = False
    for line in outside:
        if not line or line.isspace():
            columns, inside = 0, False
            continue
        tenths += 0 if inside else _PARAGRAPH
        inside = True
        if "```" in line or "~~~" in line:
            tenths, inside = tenths + _ENTRY, False
        at, bars = 0, line.count("|")
        tenths += _LINE + bars * _CELL + len(_MARKUP.findall(line)) * _MARK
        while found := _MARKERS.match(line, at):
            at, tenths = found.end(), tenths + _ENTRY
        if _DELIMITER.fullmatch(line):
            columns = bars
        tenths += max(columns - bars, 0) * _CELL
    return tenths // 10


def _tree(tokens: Sequence[Any], lines: Sequence[str], first: int) -> list[Block]:
    block = Block("document", first, first + len(lines))
    stack = [block]
    for token in tokens:
        name = token.type
        if name == "inline":
            block.text = token.content
        elif kind := _OPEN.get(name):
            inner = _open(token, kind, block, first)
            block.children.append(inner)
            stack.append(inner)
            block = inner
        elif name in _CLOSE:
            stack.pop()
            block = stack[-1]
        elif name in _LEAVES:
            block.children.append(_leaf(token, lines, first))
    return block.children


def _open(token: Any, kind: str, parent: Block, first: int) -> Block:
    line, end = (token.map[0] + first, token.map[1] + first) if token.map else (parent.line, parent.end)
    level = int(token.tag[1:]) if kind == "heading" else int(token.tag == "ol")
    return Block(kind, line, end, "", "", level)


def _leaf(token: Any, lines: Sequence[str], first: int) -> Block:
    line, end = token.map
    closed = token.type != "fence" or (end - 1 > line and is_closing(lines[end - 1], token.markup))
    return Block(
        _LEAVES[token.type], line + first, end + first, text=token.content, info=token.info.strip(), closed=closed
    )
