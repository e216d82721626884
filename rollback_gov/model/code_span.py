"""A text as a code span of Markdown, whatever backticks it holds."""

from __future__ import annotations

import re


def code_span(text: str) -> str:
    """Give one line of text between more backticks than it has in a row: nothing in it is markup."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"
