"""Lists of names, written as one text."""

from __future__ import annotations


def names(text: str) -> frozenset[str]:
    """Give the names of a text in which blanks stand between them."""
    return frozenset(text.split())
