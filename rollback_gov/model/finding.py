"""A broken rule at one place."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from rollback_gov.model.record import Record


class Severity(StrEnum):
    """How much a finding weighs: errors fail, warnings are shown, notices inform."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


class Place(Record, kw_only=False, order=True):
    """A position in a file. Lines and columns count from 1; ``end_column`` is exclusive, 0 means unknown."""

    file: str
    line: int = 1
    column: int = 1
    end_column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class Waived(Record):
    """Why a finding is accepted for a while, and by whom. Dates are written YYYY-MM-DD; ``expires`` is the last day.

    ``debt`` says that it was there when the rules were adopted.
    """

    reason: str
    owner: str
    approved_by: str
    created: str
    expires: str
    ticket: str = ""
    debt: bool = False


class Fix(Record):
    """A change of the document at a path that cannot do harm: another key, another value, or nothing in its place."""

    path: tuple[str | int, ...]
    key: str = ""
    value: Any = None
    """With ``span``, the text in place of that piece; with ``add``, the new entries of a list."""
    remove: bool = False
    span: tuple[int, int] | None = None
    """Offsets in the text at the path: only that piece of it changes."""
    add: bool = False
    """The values become the last entries of the list at the path, which is made where there is none."""


class Finding(Record):
    """One broken rule: a code that never changes its meaning, one sentence, a place, and what to do next."""

    code: str
    severity: Severity
    message: str
    place: Place
    hint: str = ""
    path: tuple[str | int, ...] = ()
    """Where in the document: keys and indexes from the root."""
    operation: str = ""
    step: str = ""
    fix: Fix | None = None
    waived: Waived | None = None
    """Set where a waiver accepts it: it is shown, and does not fail."""
