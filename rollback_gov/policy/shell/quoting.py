"""What is left of a quoted text when the shell has read it."""

from __future__ import annotations

import re

_ESCAPE = r"(?s)\\(\n|.)"
_QUOTED_ESCAPE = r"\\(\n|[\"$`\\])"
_ANSI = r"(?s)\\(x[0-9a-fA-F]{1,2}|u[0-9a-fA-F]{1,4}|U[0-9a-fA-F]{1,8}|[0-7]{1,3}|.)"
_LETTERS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "v": "\v"}


def unescaped(text: str) -> str:
    """Read a word outside of quotes: a backslash keeps the next character as it is."""
    return re.sub(_ESCAPE, lambda found: "" if found[1] == "\n" else found[1], text) if "\\" in text else text


def inside_double_quotes(text: str) -> str:
    """Read text between double quotes, where a backslash counts before a few characters only."""
    if "\\" not in text:
        return text
    return re.sub(_QUOTED_ESCAPE, lambda found: "" if found[1] == "\n" else found[1], text)


def ansi(text: str) -> str:
    """Read the inside of ``$'…'``."""
    return re.sub(_ANSI, _ansi_character, text)


def _ansi_character(found: re.Match[str]) -> str:
    code = found[1]
    if code[0] in "xuU" and len(code) > 1:
        number = int(code[1:], 16)
        return chr(number) if number <= 0x10FFFF else ""
    if code[0] in "01234567":
        return chr(int(code, 8) & 0xFF)
    return _LETTERS.get(code, code)
