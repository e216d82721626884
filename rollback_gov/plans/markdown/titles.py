"""What a title says: a number, a name, an id that follows from it, and a time."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from rollback_gov.plans.markdown.draft import Draft
from rollback_gov.plans.markdown.inline import plain
from rollback_gov.plans.markdown.page import Said
from rollback_gov.plans.markdown.spans import estimate_of
from rollback_gov.plans.source_map import Node

LONGEST_ID = 64
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_NUMBERED = re.compile(
    r"[^\w\s]{0,9}\s{0,9}(?P<word>Phase|Option|Scenario)"
    r"(?:(?:\s{1,9}(?P<number>[0-9]{1,4}|[A-Z]))?\s{0,9}[:.–—-]|\s{1,9}(?P<alone>[0-9]{1,4}))\s+",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"<!--(?:(?!<!--|-->).)*+-->")
_ADDRESS = re.compile(r"\s{0,3}\{ ?#[\w-]{1,200} ?\}$")
"""What some generators of pages read as the address of a title."""
_DRESSED = re.compile(r"[\W_]*+(?:(?:[0-9]{1,3}[.):])*+(?:[0-9]{1,3})?\s)?[\W_]*+")
"""Signs and numbers before a title."""
_TWO_WORDS = re.compile(r"\broll[- ]back\b")


def slug(name: str) -> str:
    """Give the id that follows from a name: small letters, digits and dashes; empty where there are none."""
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:LONGEST_ID].rstrip("-")


def is_id(text: str) -> bool:
    """Tell whether a title is an id already, and so no name."""
    return len(text) <= LONGEST_ID and _ID.fullmatch(text) is not None


def bare(title: Said) -> Said:
    """Give a title that is bold as a whole without the signs around it."""
    text = title.text
    for mark in ("**", "__"):
        if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark) and text.count(mark) == 2:
            return title.part(len(mark), len(text) - len(mark))
    return title


def without_address(title: str) -> str:
    """Leave out the address behind a title: "Steps {#steps}"."""
    return _ADDRESS.sub("", title)


def section_name(title: str) -> str:
    """Give the title of a section to be compared: small letters, without what only adorns it or numbers it."""
    said = " ".join(without_address(_COMMENT.sub("", plain(title)).strip()).lower().split())
    found = _DRESSED.match(said)
    return _TWO_WORDS.sub("rollback", said[found.end() if found else 0 :]).rstrip(" :*_-–—.#")


def is_numbered(title: str) -> str:
    """Give "phase", "option" or "scenario" where a title says which of them it is, or nothing."""
    found = _NUMBERED.match(title)
    return found["word"].lower() if found else ""


def number_of(title: str) -> int | None:
    """Give the number of "Phase 3: Database", or None."""
    found = _NUMBERED.match(title)
    number = (found["number"] or found["alone"] or "") if found else ""
    return int(number) if number.isdigit() else None


def without_number(title: Said) -> Said:
    """Take away "Phase 3:", "Option A:" and the like."""
    found = _NUMBERED.match(title.text)
    return title.part(found.end()) if found else title


def with_span(title: Said) -> tuple[Said, Node | None]:
    """Split "Database (3 minutes)" into the name and the span, if that is what stands in brackets."""
    text = title.text
    start = max(text.rfind("("), text.rfind("（"))
    if start < 0 or text[-1] not in ")）" or ")" in text[start:-1]:
        return title, None
    said = title.part(start + 1, len(text) - 1)
    span = estimate_of(said.text)
    return (title.part(0, start), Node(span, said.line, said.column, said.end)) if span else (title, None)


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
