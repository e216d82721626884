"""Accepted actions and timelines as people write them: lists with boxes, and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import sha256

from rollback_gov.model.steady import one_line
from rollback_gov.reports.escape import text_of

_BOX = re.compile(r"^\s*(?:[-*]|\d+[.)])\s*\[(?P<done>[ xX])\]\s*(?P<text>.*\S)\s*$")
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")
_HANDLE = re.compile(r"(?<!\w)@[\w/-]+")
_LOGIN = re.compile(r"@?([A-Za-z0-9][A-Za-z0-9_-]{0,38})")
_BEHIND = re.compile(r"\(([^()]*)\)\s*$")
_EMPTY = frozenset(
    ["", "-", "–", "?", "…", "...", "tbd", "tba", "todo", "n/a", "nobody", "owner", "due", "due date", "date"]
)
_ENDS = {
    "done": re.compile(r"\b(?:done|closed)\b", re.I),
    "dropped": re.compile(r"\b(?:dropped|rejected)\b", re.I),
}
OPEN, DONE, DROPPED = "open", "done", "dropped"


@dataclass(frozen=True, slots=True)
class Action:
    """An accepted action. ``line`` counts from 0 in its part; ``owner`` and ``due`` (a date) are empty where missing.

    ``state`` is ``open``, ``done`` or ``dropped``.
    """

    line: int
    text: str
    owner: str = ""
    due: str = ""
    state: str = OPEN

    @property
    def login(self) -> str:
        """The owner as a login of GitHub's, where it may be one: ``@ann``, or a single word."""
        match = _LOGIN.fullmatch(self.owner)
        return match[1] if match else ""

    @property
    def title(self) -> str:
        """What will be done, in one line without markup, and without owner and date behind it."""
        behind = _BEHIND.search(self.text)
        is_said = behind is not None and (_DATE.search(behind[1]) or self.owner in behind[1])
        return one_line(text_of(_BEHIND.sub("", self.text) if is_said else self.text))

    @property
    def key(self) -> str:
        """Tells it from the other actions of its run by its words; blanks and capitals make no difference."""
        return sha256(self.title.casefold().encode("utf-8", "surrogateescape")).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of a table that people wrote: its cells by the name of their column, in small letters."""

    line: int
    cells: dict[str, str]


def actions(text: str) -> Iterator[Action]:
    """Read the open actions of a part, from its list and from its table."""
    return (action for action in accepted(text) if action.state == OPEN)


def accepted(text: str) -> Iterator[Action]:
    """Read all actions of a part, the done and the dropped ones too."""
    for number, line in enumerate(text.splitlines()):
        if match := _BOX.match(line):
            owner, due = _behind(match["text"])
            yield Action(number, match["text"], owner, due, OPEN if match["done"] == " " else DONE)
    for entry in entries(text):
        cells = entry.cells
        said = next((cells[name] for name in cells if "action" in name), "")
        if "owner" in cells and said:
            owner = "" if is_empty(cells["owner"]) else cells["owner"]
            due = next((cells[name] for name in cells if "due" in name), "")
            yield Action(entry.line, said, owner, _date(due), _state(cells.get("status", "")))


def _state(status: str) -> str:
    return next((state for state, words in _ENDS.items() if words.search(status)), OPEN)


def _behind(text: str) -> tuple[str, str]:
    """Give owner and due date of an item: they stand in brackets at its end, or the owner is called by name."""
    behind, called = _BEHIND.search(text), _HANDLE.search(text)
    parts = re.split(r"[,;]", _DATE.sub("", behind[1])) if behind else []
    bare = (re.sub(r"^(?:owner|due(?: date)?|by)\b:?\s*", "", part.strip(), flags=re.I) for part in parts)
    named = next((part for part in bare if not is_empty(part)), "")
    return (called[0] if called else named), _date(text)


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
