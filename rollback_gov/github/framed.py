"""A text of ours within one that people write in, too: what stands around it is theirs and stays."""

from __future__ import annotations

import re

_END = "<!-- rollback-gov: what stands below is yours -->"


def framed(marker: str, text: str) -> str:
    """Give our text between its marker, a comment of HTML on a line of its own, and its end."""
    return f"{marker}\n{text}\n{_END}\n"


def within(body: str, marker: str) -> str | None:
    """Give our text out of a body; None where somebody took marker or end away: then nothing in it is ours."""
    match = _frame(marker).search(_lines(body))
    return match[1] if match else None


def replaced(body: str, marker: str, text: str) -> str:
    """Give a body with another text of ours in it; without marker or end it stays as it is."""
    return _frame(marker).sub(lambda _: framed(marker, text).rstrip("\n"), _lines(body), count=1)


def _frame(marker: str) -> re.Pattern[str]:
    return re.compile(rf"^{re.escape(marker)}\n(.*?)\n{re.escape(_END)}$", re.DOTALL | re.MULTILINE)


def _lines(body: str) -> str:
    """GitHub's own editor ends lines as Windows does."""
    return body.replace("\r\n", "\n")
