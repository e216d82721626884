"""Text that others wrote, so that it changes nothing around it where it is shown: pages, documents, messages."""

from __future__ import annotations

import unicodedata

LONGEST = 500
_BIDI = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})
_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def one_line(text: str) -> str:
    """Join lines and take out what steers a terminal or the direction of writing; a long text is cut."""
    return steady(shortened(" ".join(text.split())))


def shortened(text: str) -> str:
    """Cut a text that is longer than 500 characters."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def steady(text: str) -> str:
    """Take out what steers a terminal or the direction of writing; the ends of lines stay."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_REPLACEMENT if _steers(character) else character for character in text)


def _steers(character: str) -> bool:
    if character in "\n\t":
        return False
    return unicodedata.category(character) in ("Cc", "Cs") or unicodedata.bidirectional(character) in _BIDI
