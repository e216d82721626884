"""Text of a plan as Markdown that says exactly that: in backticks wherever a character of it could mean something."""

from __future__ import annotations

import re

from rollback_gov.model.code_span import code_span, ticks

_LONGEST = 1_000
_HARMLESS = re.compile(r"[^\W_](?:[\w .,;:?!'\"()/%+=–—…-]| [<>]=? )*")
_MEANT = re.compile(
    r"://|\bwww\.|^[0-9]{1,9}[.)]\s|\s{2}|:[a-z]\w*:|(?<![^\W_])_|_(?![^\W_])|\bGH-[0-9]|\b[0-9a-f]{7,40}\b|--|\.\.\.$",
    re.IGNORECASE,
)
"""Links, lists, spaces that Markdown joins, emoji, emphasis, references and commits."""


def phrase(text: object) -> str | None:
    """Give a text as a piece of a line, or None where no line can say it: it has several lines or invisible characters.

    Links, mentions and HTML become code, which nothing follows.
    """
    if not isinstance(text, str) or not text or len(text) > _LONGEST or not text.isprintable() or "**" in text:
        return None
    if text != text.strip():
        return None
    if _HARMLESS.fullmatch(text) and not _MEANT.search(text):
        return text
    return code_span(text)


def phrases(texts: object) -> list[str] | None:
    """Give a list of texts as pieces of lines, or None where one of them cannot be said so, or there is none."""
    if not isinstance(texts, list) or not texts:
        return None
    said = [phrase(text) for text in texts]
    return [text for text in said if text] if all(said) else None


def fence(info: str, text: str) -> list[str]:
    """Give the lines of a block with that language, its fences longer than any inside."""
    around = ticks(text, 3)
    return [f"{around}{info}", *text.removesuffix("\n").split("\n"), around]


def is_script(text: str) -> bool:
    """Tell whether a block of code says a script exactly: one line without its end, or several with theirs."""
    if not text.strip():
        return False
    if not all(line.replace("\t", "").isprintable() for line in text.split("\n")):
        return False
    return text.endswith("\n") if text.count("\n") > 1 else "\n" not in text
