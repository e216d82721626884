"""Text out of a plan or a run as harmless Markdown: it is data, never markup, mention or template."""

from __future__ import annotations

import re

from rollback_gov.model.code_span import code_span
from rollback_gov.model.steady import one_line
from rollback_gov.plans.markdown.inline import plain

_SPECIAL = re.compile(r"([\\`*_\[\]|~])")
_CALLING = re.compile(r"([@#]|(?<=\b[Gg][Hh])-)(?=\w)")
"""GitHub looks for mentions and references in the finished text, where a backslash is gone: only a gap stops it."""
_GAP = "&#8203;"
_STARTING = re.compile(r"^(\d{0,9})([-+=#.)])(?=[-+=#\s]|$)")
"""What makes a list, a heading or a rule where it begins a line."""
_ENDING = re.compile(r"(?<=\s)(#+)$")
"""What closes a heading where it ends a line."""


class Markup(str):
    """Text that is Markdown already."""

    __slots__ = ()


def cell(value: object) -> Markup:
    """Give a text as one line without any markup, for a table cell, a list or a heading. At most 500 characters."""
    if isinstance(value, Markup):
        return value
    text = one_line(str(value)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _SPECIAL.sub(r"\\\1", text)
    text = _ENDING.sub(r"\\\1", _STARTING.sub(r"\1\\\2", text))
    return Markup(_CALLING.sub(rf"\1{_GAP}", text))


def text_of(markdown: str) -> str:
    """Give the text that ``cell`` wrote, or that a person wrote in its place, without its markup."""
    return plain(markdown.replace(_GAP, ""))


def code(value: object) -> Markup:
    """Give a text as a code span. One with a pipe would end its table cell, so that is written as plain text."""
    if isinstance(value, Markup):
        return value
    text = one_line(str(value))
    if not text or "|" in text:
        return cell(text)
    return Markup(code_span(text))
