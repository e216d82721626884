"""Text that others wrote, so that it changes nothing around it where it is shown: pages, documents, messages."""

from __future__ import annotations

import re

LONGEST = 500
_STEERS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")
"""Control characters but line ends and tabs, halves of characters, and what turns the direction of writing."""
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """Join lines and take out what steers a terminal or the direction of writing; a long text is cut."""
    return steady(shortened(" ".join(text.split())))


def shortened(text: str) -> str:
    """Cut a text that is longer than 500 characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def steady(text: str) -> str:
    """Take out what steers a terminal or the direction of writing; the ends of lines stay."""
    return text if text.isascii() and text.isprintable() else _STEERS.sub(_REPLACEMENT, text)
