"""Text of a record as it may be shown: records come from files that anybody can write."""

from __future__ import annotations


def one_line(text: str, limit: int = 2_000) -> str:
    """Give the text on one line, printable, and with nothing that a CI runner takes for a command.

    GitHub's runner obeys lines that begin with ``::`` and every ``##[`` in a line.
    """
    plain = "".join(character if character.isprintable() else _escaped(character) for character in text[:limit])
    return plain.replace("##[", "# #[").removeprefix("::")


def record_line(text: str) -> str:
    """Give a text as the schemas of records have it: on one line, and not without end."""
    return one_line(text)[:500]


def _escaped(character: str) -> str:
    return " " if character in "\t\n\r" else f"\\u{{{ord(character):x}}}"
