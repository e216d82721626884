"""A text as code of Markdown, whatever backticks it holds."""

from __future__ import annotations

import re


def ticks(text: str, least: int = 1) -> str:
    """Give more backticks than the text has in a row, and not fewer than ``least``."""
    return "`" * max(least, max(map(len, re.findall("`+", text)), default=0) + 1)


def code_span(text: str) -> str:
    """Give one line of text between backticks: nothing in it is markup. What is empty is none."""
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{ticks(text)}{space}{text}{space}{ticks(text)}"
