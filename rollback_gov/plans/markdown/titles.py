"""What a title says: a number, a name, an id that follows from it, and a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from rollback_gov.plans.markdown.draft import Draft
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.page import Said
from rollback_gov.plans.markdown.spans import span_of
from rollback_gov.plans.source_map import Node

LONGEST_ID = 64
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NUMBERED = re.compile(
    r"(?P<word>Phase|Option|Scenario)(?:\s+(?P<number>[0-9]{1,4}|[A-Z]))?\s*[:.–—-]\s+", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\s*\((?P<inside>[^()]*)\)$")


def slug(name: str) -> str:
    """Give the id that follows from a name: small letters, digits and dashes; empty where there are none."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST_ID].rstrip("-")


def is_id(text: str) -> bool:
    """Tell whether a title is an id already, and so no name."""
    return len(text) <= LONGEST_ID and _ID.fullmatch(text) is not None


def number_of(title: str) -> int | None:
    """Give the number of "Phase 3: Database", or None."""
    found = _NUMBERED.match(title)
    return int(found["number"]) if found and (found["number"] or "").isdigit() else None


def without_number(title: Said) -> Said:
    """Take away "Phase 3:", "Option A:" and the like."""
    found = _NUMBERED.match(title.text)
    return title.part(found.end()) if found else title


def with_span(title: Said) -> tuple[Said, Node | None]:
    """Split "Database (3 minutes)" into the name and the span, if that is what stands in brackets."""
    found = _IN_BRACKETS.search(title.text)
    if found is None:
        return title, None
    said = title.part(found.start("inside"), found.end("inside"))
    span = span_of(said.text)
    return (title.part(0, found.start()), Node(span, said.line, said.column, said.end)) if span else (title, None)


def name_by(draft: Draft, title: Said, otherwise: str, *, core: Callable[[str], str] = str) -> None:
    """Derive name and id from a title; a title that is an id is no name. ``core`` gives what of it makes the id."""
    name = plain(title.text)
    place = Node(name, title.line, title.column, title.end)
    if is_id(name):
        draft.derive("id", place)
        return
    draft.derive("id", Node(slug(core(name)) or otherwise, title.line, title.column, title.end))
    if name:
        draft.derive("name", place)
