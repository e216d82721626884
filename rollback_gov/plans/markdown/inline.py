"""What a line of Markdown says as plain text."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt

LONGEST = 5_000
"""A longer text is taken as it is written: what marks it up may nest without end."""
_MARKED = re.compile(r"[\\`*_<&]|\]\(")
_CHECKBOX = re.compile(r"\[[ xX]\][ \t]+")


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


@lru_cache(maxsize=32_768)
def plain(text: str) -> str:
    """Give the text without emphasis, links and escapes; what stands in backticks to the letter; lines become one.

    HTML stays as it was written: it may be a placeholder that nobody filled in.
    """
    if len(text) > LONGEST or not _MARKED.search(text):
        return " ".join(text.split())
    parts = text.split("`")
    if _is_only_code(parts):
        return "".join(_code(part) if index % 2 else part for index, part in enumerate(parts)).strip(" ")
    return _said(_parser().parseInline(text)[0].children or ()).strip(" ")


def _is_only_code(parts: list[str]) -> bool:
    """Tell a line that nothing but single backticks marks up: most that are marked up are such, and need no parser."""
    return len(parts) % 2 == 1 and all(
        (part or index in (0, len(parts) - 1)) and (part.isprintable() and (index % 2 or not _MARKED.search(part)))
        for index, part in enumerate(parts)
    )


def _code(text: str) -> str:
    """Give what stands in backticks: a blank at both ends only keeps other backticks away."""
    return text[1:-1] if text[0] == text[-1] == " " and text.strip(" ") else text


def _said(tokens: Any) -> str:
    parts = []
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.type == "image":
            parts.append(_said(token.children or ()))
        elif not token.type.endswith(("_open", "_close")):
            parts.append(token.content)
    return "".join(parts)


def code_only(text: str) -> str | None:
    """Give what stands in backticks where the text is nothing else, or None."""
    if not text.startswith("`"):
        return None
    tokens = _parser().parseInline(text)[0].children or ()
    return tokens[0].content if len(tokens) == 1 and tokens[0].type == "code_inline" else None


def without_checkbox(text: str) -> str:
    """Take the box of a check list away."""
    found = _CHECKBOX.match(text)
    return text[found.end() :] if found else text
