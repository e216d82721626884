"""A check that did not pass, in one line for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rollback_gov.model.steady import one_line

_LONGEST = 120
"""Characters of what a check expected or saw: a message is read on a phone."""


def check_in_words(data: Mapping[str, Any]) -> str:
    """Say of the data of ``check.finished`` which check it is, what it expected and what it saw."""
    how = "failed" if data["result"] == "failed" else "could not be evaluated"
    title = one_line(data.get("title") or data["check"])
    return f"check '{title}' {how}: expected {_cut(data.get('expected', ''))}, saw {_cut(data.get('observed', ''))}"


def _cut(text: str) -> str:
    line = one_line(text).rstrip(".") or "nothing"
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
