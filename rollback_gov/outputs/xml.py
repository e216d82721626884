"""What JUnit's XML is made of."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

from rollback_gov.outputs.words import printable

BEGINNING = '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'


def attribute(value: str) -> str:
    """Give an attribute's value with its quotes, on one line."""
    return quoteattr(" ".join(printable(value).split()))


def text(value: str) -> str:
    """Give a text as it may stand between tags; its lines stay."""
    return escape("\n".join(map(printable, value.split("\n"))))
