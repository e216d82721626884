"""Placeholders that somebody forgot to fill in, told apart from shell syntax that looks like them.

A false alarm costs more trust than a miss: each pattern takes only what no command, query or document means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_WORDS = "name|version|tag|sha|commit|backup|value|id|info|number|description|date|time|url|host|user|token|region"
_NAMES = f"{_WORDS}|username|password|service|namespace|environment|env|image|branch|timestamp|placeholder"
_ANGLE = r"(?<![<?P\\])<([A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+)*)>"
_KNOWN = rf"(?i)(?:^|[ _-])(?:{_NAMES})$"
_LOGIC = r"(?i)\b(?:and|or|not|unless)\b"
_SURE = (
    r"(?<![\w$])(?<!\$\{)(?:YOUR[_-][A-Z0-9_-]*[A-Z0-9]|CHANGE_?ME|REPLACE_?ME|TODO|TBD|FIXME)(?![\w=])"
    r"|(?<![\w$-])your-(?:org|organi[sz]ation|company|project|repo|bucket|cluster|domain|account|token)(?![\w-])"
    r"|(?<=[a-z0-9][-/.])(?:TIMESTAMP|YYYY-?MM-?DD)(?![\w(-])"
    r"|\{\{ ?[A-Z][A-Z0-9_]+ ?\}\}"
)
_BRACKET = rf"(?<![\w\]}}$\\\[])\[(?:(?:[A-Za-z]+[ -])+(?:{_WORDS})|Name|Version|Date|Number|Threshold)\](?!\])"
_SEARCH = r"\b(?:grep|rg|ag|ack|awk|sed)\b"
_SQL = r"(?i)\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|INTO)\b"
_COMMENT = r"(?:^|\s)#(?=\s|$)"


def placeholders(text: str, *, script: bool) -> tuple[str, ...]:
    """Find what nobody filled in, each once. ``script``: it is bash; comments and redirections do not count."""
    lines = [_without_comment(line) if script and "#" in line else line for line in text.split("\n")]
    return tuple(dict.fromkeys(found for line in lines for found in _in_line(line, text, script)))


def _without_comment(line: str) -> str:
    """Cut a comment off; a ``#`` before the last quote may stand inside of a string and is left."""
    last_quote = max(line.rfind('"'), line.rfind("'"))
    comment = re.compile(_COMMENT).search(line, last_quote + 1)
    return line[: comment.start()] if comment else line


def _in_line(line: str, text: str, script: bool) -> Iterator[str]:
    searched = re.search(_SEARCH, line) if script else None
    before = line[: searched.start()] if searched else line
    if "<" in before:
        yield from (match[0] for match in re.finditer(_ANGLE, before) if _stands_for_something(match, text, script))
    yield from (match[0] for match in re.finditer(_SURE, before))
    if "[" in before and not re.search(_SQL, line):
        yield from (match[0] for match in re.finditer(_BRACKET, before) if not script or match[0] != line.strip())


def _stands_for_something(match: re.Match[str], text: str, script: bool) -> bool:
    """Tell ``<PREVIOUS_SHA>`` from markup (which is closed), comparisons, and redirections (``sort <in>out``)."""
    word, line = match[1], match.string
    if f"</{word.split(' ')[0]}>" in text or re.search(_LOGIC, word):
        return False
    if word.isupper() and len(word) > 2:
        return True
    known = re.search(_KNOWN, word) is not None
    joined = "-" in word or "_" in word
    if " " in word:
        return known
    if not script:
        return known or joined
    before, after = line[: match.start()][-1:], line[match.end() :][:1]
    if before in ("", " ", "\t"):
        return joined and known and not (after.isalnum() or after in tuple("/._$\"'"))
    return known and not before.isalnum()
