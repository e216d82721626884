"""Small changes of a script's text that leave everything around them as it is."""

from __future__ import annotations

import re

from rollback_gov.model.record import Record
from rollback_gov.policy.shell.script import Script, Word

_BEFORE = r"(?:[ \t]*\\\n)?[ \t]*$"


class Mend(Record):
    """A piece of a script, by offsets, and the text in its place."""

    span: tuple[int, int]
    text: str


def without(script: Script, word: Word) -> Mend | None:
    """Take a word out with the blanks before it; nothing where it is not written as it is read."""
    if not _is_plain(script, word):
        return None
    before = re.search(_BEFORE, script.text[: word.start])
    return Mend(span=(before.start() if before else word.start, word.end), text="")


def instead(script: Script, word: Word, text: str) -> Mend | None:
    """Write something else in the place of a word; nothing where it is not written as it is read."""
    return Mend(span=(word.start, word.end), text=text) if _is_plain(script, word) else None


def behind(script: Script, word: Word, text: str) -> Mend | None:
    """Write another word behind one; nothing where that one is not written as it is read."""
    return Mend(span=(word.end, word.end), text=f" {text}") if _is_plain(script, word) else None


def _is_plain(script: Script, word: Word) -> bool:
    return script.text[word.start : word.end] == word.value
