"""Accepted actions and timelines as people write them: lists with boxes, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_BOX = re.compile(r"^\s*(?:[-*]|\d+[.)])\s*\[(?P<done>[ xX])\]\s*(?P<text>.*\S)\s*$")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_HANDLE = re.compile(r"(?<!\w)@[\w/-]+")
_BEHIND = re.compile(r"\(([^()]*)\)\s*$")
_EMPTY = frozenset(
    ["", "-", "–", "?", "…", "...", "tbd", "tba", "todo", "n/a", "nobody", "owner", "due", "due date", "date"]
)
_DONE = re.compile(r"\b(?:done|closed|dropped|rejected)\b", re.I)


@dataclass(frozen=True, slots=True)
class Action:
    """An accepted action that is not done yet. ``line`` counts from 0 in its part."""

    line: int
    text: str
    has_owner: bool
    has_date: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a table that people wrote: its cells by the name of their column, in small letters."""

    line: int
    cells: dict[str, str]


def actions(text: str) -> Iterator[Action]:
    """Read the open actions of a part, from its list and from its table."""
    for number, line in enumerate(text.splitlines()):
        match = _BOX.match(line)
        if match and match["done"] == " ":
            yield _of_box(number, match["text"])
    for entry in entries(text):
        cells = entry.cells
        said = next((cells[name] for name in cells if "action" in name), "")
        if "owner" in cells and said and not _DONE.search(cells.get("status", "")):
            due = next((cells[name] for name in cells if "due" in name), "")
            yield Action(entry.line, said, not is_empty(cells["owner"]), _has_date(due))


def _of_box(number: int, text: str) -> Action:
    behind = _BEHIND.search(text)
    who = [part.strip() for part in re.split(r"[,;]", _DATE.sub("", behind[1]))] if behind else []
    named = any(not is_empty(re.sub(r"^(?:owner|due(?: date)?|by)\b:?\s*", "", part, flags=re.I)) for part in who)
    return Action(number, text, named or bool(_HANDLE.search(text)), _has_date(text))


def _has_date(text: str) -> bool:
    return any(_is_date(found) for found in _DATE.findall(text))


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_empty(cell: str) -> bool:
    """Tell whether a cell says nothing: it is empty, a dash, or a word that keeps a place."""
    return cell.strip(" []*_`").lower() in _EMPTY


def entries(text: str) -> Iterator[Entry]:
    """Read the rows of the tables in a text."""
    head: list[str] = []
    for number, line in enumerate(text.splitlines()):
        cells = _cells(line)
        if not cells:
            head = []
        elif not head:
            head = [cell.lower() for cell in cells]
        elif not all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            yield Entry(number, dict(zip(head, [*cells, *[""] * len(head)], strict=False)))


def _cells(line: str) -> list[str]:
    bare = line.strip()
    if not bare.startswith("|"):
        return []
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", bare.removeprefix("|").removesuffix("|"))]
