"""Accepted actions and timelines as people write them: lists with boxes, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rollback_gov.model.record import Record

PARTS = frozenset({"follow-up", "actions"})
"""The parts of a run's documents in which actions are accepted."""
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
    """An action that is not done yet. ``line`` counts from 0 in its part; what nobody named is empty.

    ``due`` is a date of the calendar, YEAR-MONTH-DAY.
    """

    line: int
    text: str
    owner: str
    due: str

    @property
    def is_accepted(self) -> bool:
        """Tell whether somebody took it on: it names who does it, or until when. Else it is a proposal or a prompt."""
        return bool(self.owner or self.due)


class AcceptedAction(Record):
    """An open action that people accepted in a document of a run; an ``owner`` or ``due`` that nobody named is empty.

    ``due`` is a date of the calendar, YEAR-MONTH-DAY.
    """

    run: str
    text: str
    owner: str
    due: str
    file: Path


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
            owner = "" if is_empty(cells["owner"]) else cells["owner"]
            yield Action(entry.line, said, owner, _date(due))


def _of_box(number: int, text: str) -> Action:
    behind, handle = _BEHIND.search(text), _HANDLE.search(text)
    parts = [part.strip() for part in re.split(r"[,;]", _DATE.sub("", behind[1]))] if behind else []
    named = (re.sub(r"^(?:owner|due(?: date)?|by)\b:?\s*", "", part, flags=re.I) for part in parts)
    owner = next((part for part in named if not is_empty(part)), handle[0] if handle else "")
    return Action(number, text, owner, _date(text))


def _date(text: str) -> str:
    return next((found for found in _DATE.findall(text) if _is_date(found)), "")


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
