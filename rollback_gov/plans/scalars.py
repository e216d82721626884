"""Where a character of a text stands in the file: through block scalars, quotes, escapes and folded lines.

A parser gives the value of a scalar and where the scalar begins. Here its lines are read once more, by the rules of
YAML 1.2 (chapters 7.3 and 8.1), and what comes out is held against the value: where both differ, nothing is claimed.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate

from rollback_gov.model.record import Record
from rollback_gov.plans.source_map import Node

_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_HEADER = re.compile(r"([|>])([-+0-9]*)\s*(?:#.*)?$")
_BLANKS = " \t"
_ESCAPES = {"0": "\0", "a": "\a", "b": "\b", "t": "\t", "\t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_ESCAPES |= {"e": "\x1b", " ": " ", '"': '"', "/": "/", "\\": "\\", "N": "\x85", "_": "\xa0"}
_ESCAPES |= {"L": "\u2028", "P": "\u2029"}


class Piece(Record, kw_only=False):
    """A run of characters of a value that stand side by side in the file. Lines and columns count from 0.

    An escape is a piece of its own: its one character is as wide as it was written.
    """

    text: str
    line: int
    column: int


class ScalarMap:
    """The places of one text's characters. ``pieces`` is empty where they are not known."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        self._pieces = pieces
        self._starts = list(accumulate((len(piece.text) for piece in pieces), initial=0))[:-1]

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def at(self, offset: int) -> tuple[int, int]:
        """Give line and column (from 0) of the character at that offset of the value."""
        index = max(bisect_right(self._starts, offset) - 1, 0)
        piece = self._pieces[index]
        return piece.line, piece.column + min(offset - self._starts[index], len(piece.text))


def map_scalar(lines: Sequence[str], node: Node) -> ScalarMap:
    """Find the characters of a node's text in the lines of its file."""
    value = node.value
    if not isinstance(value, str) or not value or node.line >= len(lines):
        return ScalarMap(())
    for pieces in _readings(lines, node):
        kept = _as_far_as(pieces, value)
        if kept:
            return ScalarMap(kept)
    return ScalarMap(())


def _readings(lines: Sequence[str], node: Node) -> Iterator[Iterator[Piece]]:
    """Give what the lines may say; more than one reading where an indentation is not written down."""
    line, column = _after_properties(lines, node.line, node.column)
    rest = lines[line][column:]
    if node.block:
        header = _HEADER.match(rest)
        if header is None:  # a fence of Markdown: its lines as they are
            yield from (_literal(lines, line + 1, indent) for indent in _indentations(lines, line + 1))
            return
        read = _literal if header[1] == "|" else _folded
        yield from (read(lines, line + 1, indent) for indent in _indentations(lines, line + 1))
    elif rest[:1] == '"':
        yield _flow(lines, line, column + 1, _double)
    elif rest[:1] == "'":
        yield _flow(lines, line, column + 1, _single)
    else:
        yield _flow(lines, line, column, _plain)


def _as_far_as(pieces: Iterator[Piece], value: str) -> list[Piece]:
    """Take pieces until they say the value; nothing if they say something else."""
    kept, at = [], 0
    for piece in pieces:
        if not piece.text:
            continue
        wanted = value[at : at + len(piece.text)]
        if not piece.text.startswith(wanted):
            return []
        kept.append(piece)
        at += len(piece.text)
        if at >= len(value):
            return kept
    return []


def _after_properties(lines: Sequence[str], line: int, column: int) -> tuple[int, int]:
    """Pass over an anchor and a tag, which may stand on a line of their own."""
    while line < len(lines):
        found = _PROPERTIES.match(lines[line] + " ", column)
        column = found.end() if found else column
        if column < len(lines[line]) or line + 1 >= len(lines):
            break
        line, column = line + 1, 0
        column = len(lines[line]) - len(lines[line].lstrip(_BLANKS))
    return line, min(column, len(lines[line]))


def _indentations(lines: Sequence[str], first: int) -> Iterator[int]:
    """Give the indentations that a block may have, the likeliest first: that of its first line with text."""
    line = next((line for line in lines[first:] if line.strip(" ")), "")
    most = len(line) - len(line.lstrip(" "))
    yield from range(most, -1, -1)


def _block(lines: Sequence[str], first: int, indent: int) -> Iterator[tuple[int, str]]:
    """Give the lines of a block without their indentation, up to the first one that is indented less."""
    for number in range(first, len(lines)):
        line = lines[number]
        if line[:indent].strip(" "):
            return
        yield number, line[indent:]


def _literal(lines: Sequence[str], first: int, indent: int) -> Iterator[Piece]:
    for number, text in _block(lines, first, indent):
        yield Piece(text + "\n", number, indent)


def _folded(lines: Sequence[str], first: int, indent: int) -> Iterator[Piece]:
    """Lines become one, unless they are indented further or an empty line stands between them."""
    last, end, breaks = None, (first, indent), 0
    for number, text in _block(lines, first, indent):
        if text:
            if last is None or last[0] in _BLANKS or text[0] in _BLANKS:
                yield Piece("\n" * breaks, *end)
            else:
                yield Piece("\n" * (breaks - 1) or " ", *end)
            yield Piece(text, number, indent)
            last, end, breaks = text, (number, indent + len(text)), 0
        breaks += 1
    yield Piece("\n" * breaks, *end)


def _flow(lines: Sequence[str], line: int, column: int, split: Split) -> Iterator[Piece]:
    """A plain or quoted text: blanks around its line breaks go, one break is a space, more are one less."""
    while line < len(lines):
        shown, end, joined, closed = split(lines[line], column)
        yield from (Piece(text, line, at) for text, at in shown)
        following = next((number for number in range(line + 1, len(lines)) if lines[number].strip(_BLANKS)), None)
        if closed or following is None:
            return
        breaks = following - line
        yield Piece("\n" * (breaks - 1) or ("" if joined else " "), line, end)
        line, column = following, len(lines[following]) - len(lines[following].lstrip(_BLANKS))


Split = Callable[[str, int], tuple[list[tuple[str, int]], int, bool, bool]]
"""Reads one line from a column on: runs of characters with their columns, where they end, and whether a backslash joins
it to the next line and a quote closes the text."""


def _plain(line: str, column: int) -> tuple[list[tuple[str, int]], int, bool, bool]:
    text = line[column:].rstrip(_BLANKS)
    return [(text, column)], column + len(text), False, False


def _quoted(pattern: re.Pattern[str], meaning: Callable[[str], str]) -> Split:
    """Make a reader of quoted lines: ``pattern`` takes an escape, the closing quote or plain text."""

    def split(line: str, column: int) -> tuple[list[tuple[str, int]], int, bool, bool]:
        shown: list[tuple[str, int]] = []
        for found in pattern.finditer(line, column):
            if found["close"]:
                return shown, found.start(), False, True
            if found["joint"]:
                return shown, found.start(), True, False
            text = found[0]
            if found["plain"] and found.end() == len(line):
                text = text.rstrip(_BLANKS)
            shown.append((meaning(text) if found["escape"] else text, found.start()))
        end = shown[-1][1] + len(shown[-1][0]) if shown else column
        return shown, end, False, False

    return split


def _escaped(text: str) -> str:
    code = text[1:]
    return chr(int(code[1:], 16)) if code[0] in _CODES and len(code) > 1 else _ESCAPES.get(code, code)


_CODES = frozenset("xuU")
_single = _quoted(re.compile(r"(?P<escape>'')|(?P<close>')|(?P<joint>(?!))|(?P<plain>[^']+)"), lambda _: "'")
_double = _quoted(
    re.compile(
        r'(?P<joint>\\$)|(?P<escape>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.))|(?P<close>")'
        r'|(?P<plain>[^"\\]+)'
    ),
    _escaped,
)
