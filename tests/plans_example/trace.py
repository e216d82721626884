"""Reads the TRACE.md of an example, and the runbook that it accounts for line by line.

A TRACE.md begins with ``Source: seeds/000`` and, where it accounts for a part only, ``Lines: 800-1010``. Its rows are
``| L12 | `first words, literally` | where it went, or why not |``; a row of several lines begins with ``L12-L15``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rollback_gov.plans.schema import load_schema
from rollback_gov.plans.source import read_source
from rollback_gov.plans.yaml_reader import read_yaml

COMMAND_LANGUAGES = ("", "bash", "sh", "python", "json", "yaml", "promql", "text")
PLAN_KEYS = frozenset(load_schema("plan-v1")["properties"])

_LINES = r"L(?P<first>\d+)(?:-L?(?P<last>\d+))?"
_ROW = re.compile(rf"\| {_LINES} \| (?P<ticks>`+) ?(?P<words>.+?) ?(?P=ticks) \| (?P<where>.+) \|")
_FENCE = re.compile(r" *```(?P<language>\w*) *")
_HEADING = re.compile(r"#{1,6} +\S.*")
_CODE = re.compile(r"(`+) ?(.+?) ?\1")
_PLAN_PATH = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z0-9_-]+|\[\d+\])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: lines of the runbook (both inclusive), the words that the first begins with, and where they went."""

    first: int
    last: int
    words: str
    where: str

    @property
    def names(self) -> tuple[str, ...]:
        """What the last column names between backticks."""
        return tuple(match[2] for match in _CODE.finditer(self.where))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One TRACE.md. ``parts`` are the ranges of lines that it accounts for; none means all."""

    path: Path
    source: str
    parts: tuple[range, ...]
    rows: tuple[Row, ...]
    unreadable: tuple[str, ...]

    def accounts_for(self, line: int) -> bool:
        """Whether a line belongs to its part of the runbook."""
        return not self.parts or any(line in part for part in self.parts)


def read_trace(path: Path) -> Trace:
    """Read a TRACE.md."""
    lines = path.read_text(encoding="utf-8").splitlines()
    table = [line.rstrip() for line in lines if line.startswith("| L")]
    return Trace(
        path=path,
        source=_front(lines, "Source").removeprefix("seeds/"),
        parts=tuple(_parts(_front(lines, "Lines"))),
        rows=tuple(_row(match) for line in table if (match := _ROW.fullmatch(line))),
        unreadable=tuple(line for line in table if not _ROW.fullmatch(line) and not line.startswith("| Line")),
    )


def _front(lines: list[str], name: str) -> str:
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:")), "")


def _parts(text: str) -> Iterator[range]:
    for first, last in re.findall(r"(\d+)-(\d+)", text):
        yield range(int(first), int(last) + 1)


def _row(match: re.Match[str]) -> Row:
    first = int(match["first"])
    words = match["words"].replace(r"\|", "|")
    return Row(first=first, last=int(match["last"] or first), words=words, where=match["where"])


@dataclass(frozen=True, slots=True)
class Runbook:
    """A runbook's lines by number, and which of them are headings and commands."""

    lines: dict[int, str]
    headings: frozenset[int]
    commands: frozenset[int]

    @property
    def demands(self) -> frozenset[int]:
        """The lines that have to be accounted for."""
        return self.headings | self.commands


def read_runbook(text: str) -> Runbook:
    """Find headings, and every line of a command that is neither blank nor a comment."""
    lines = dict(enumerate(text.split("\n"), start=1))
    outside, commands, open_fences = set(), set(), _unclosed(lines)
    stack: list[str] = []
    for number, line in lines.items():
        fence = _FENCE.fullmatch(line)
        if fence and number not in open_fences:
            _turn(stack, fence["language"])
        elif not stack:
            outside.add(number)
        elif stack[-1] in COMMAND_LANGUAGES and line.strip() and not line.lstrip().startswith("#"):
            commands.add(number)
    headings = {number for number in outside if _HEADING.fullmatch(lines[number])}
    return Runbook(lines, frozenset(headings), frozenset(commands))


def _turn(stack: list[str], language: str) -> None:
    """Enter or leave a fence. One with a language opens, also inside of another; a bare one closes, if it can."""
    if language or not stack:
        stack.append(language)
    else:
        stack.pop()


def _unclosed(lines: dict[int, str]) -> frozenset[int]:
    """Fences that nothing closes are no fences: otherwise all that follows would be hidden in them."""
    stack: list[int] = []
    for number, line in lines.items():
        fence = _FENCE.fullmatch(line)
        if fence and (fence["language"] or not stack):
            stack.append(number)
        elif fence:
            stack.pop()
    return frozenset(stack)


def read_plan(folder: Path) -> Any:
    """The plan beside a TRACE.md, as plain data."""
    document, _ = read_yaml(read_source(folder / "plan.yaml"))
    return document


def is_plan_path(name: str) -> bool:
    """Whether a name between backticks means a place in the plan, such as ``phases[2].steps[0]``."""
    return bool(_PLAN_PATH.fullmatch(name)) and (re.split(r"[.\[]", name)[0] in PLAN_KEYS or "[" in name)


def resolve(document: Any, path: str) -> Any:
    """Follow a path into a plan. Raises LookupError where it leads nowhere."""
    value = document
    for part in re.findall(r"[A-Za-z0-9_-]+", path):
        entries = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
        value = entries[int(part) if isinstance(value, list) and part.isdigit() else part]
    return value
