"""Placeholders that somebody forgot to fill in, told apart from shell syntax that looks like them.

A false alarm costs more trust than a miss: each pattern takes only what no command, query or document means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_WORDS = "name|version|tag|sha|commit|backup|value|id|info|number|description|date|time|url|host|user|token|region"
_NAMES = f"{_WORDS}|username|password|service|namespace|environment|env|image|branch|timestamp|placeholder"
_ANGLE = r"(?<![<?P\\\[])<(?!STD)([A-Za-z][A-Za-z0-9]*(?:[ _-][A-Za-z0-9]+)*)>"
_KNOWN = rf"(?i)(?:^|[ _-])(?:{_NAMES})$"
_LOGIC = r"(?i)\b(?:and|or|not|unless)\b"
_SURE = (
    r"(?<![\w$])(?<!\$\{)(?:YOUR[_-][A-Z0-9_-]*[A-Z0-9]|CHANGE_?ME|REPLACE_?ME|TODO|TBD|FIXME)(?![\w=])"
    r"|(?<![\w$-])your-(?:org|organi[sz]ation|company|project|repo|bucket|cluster|domain|account|token)(?![\w-])"
    r"|(?<=[a-z0-9][-/.])(?:TIMESTAMP|YYYY-?MM-?DD)(?![\w(-])"
    r"|\{\{ ?[A-Z][A-Z0-9_]+ ?\}\}"
)
_BRACKET = rf"(?<![\w\]}}$\\\[])\[(?:(?:[A-Za-z]+[ -])+(?:{_WORDS})|Name|Version|Date|Number|Threshold)\](?!\]|\"\s*:)"
_SQL = r"(?i)\b(?:SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|INTO)\b"
_MARKS = ("{{", "YOUR", "your-", "CHANGE", "REPLACE", "TODO", "TBD", "FIXME", "TIMESTAMP", "YYYY")
_MAY = re.compile(r"[<\[]|" + "|".join(map(re.escape, _MARKS)))
"""Without one of these there is none: most texts need no closer look."""
_SEARCHES = ("grep", "egrep", "rg", "ag", "ack", "awk", "sed", "perl")
"""Programs whose arguments are patterns."""


@lru_cache(maxsize=512)
def script_placeholders(text: str) -> tuple[tuple[int, int], ...]:
    """Give the offsets in a script that several steps call: it is read once."""
    return tuple(placeholder_spans(text, script=True))


def placeholder_spans(text: str, *, script: bool) -> Iterator[tuple[int, int]]:
    """Give the offsets of what nobody filled in. ``script``: it is bash; comments and redirections do not count."""
    if not _MAY.search(text):
        return
    start = 0
    for line in (_read_by_bash(text) if script else text).split("\n"):
        for found in _in_line(line, text, script):
            yield start + found.start(), start + found.end()
        start += len(line) + 1


def _read_by_bash(text: str) -> str:
    """Blank out comments, and what searches take for patterns: neither is meant as it is written."""
    from rollback_gov.policy.shell.reader import read_script

    script = read_script(text)
    spans = list(script.comments)
    for command in script.calls(_SEARCHES):
        spans += [(word.start, word.end) for word in command.arguments]
    characters = list(text)
    for start, end in spans:
        for index in range(start, end):
            if characters[index] != "\n":
                characters[index] = " "
    return "".join(characters)


def _in_line(line: str, text: str, script: bool) -> Iterator[re.Match[str]]:
    if script and "usage" in line.lower():
        return  # how a script is called is told in the same way
    if "<" in line:
        yield from (match for match in re.finditer(_ANGLE, line) if _stands_for_something(match, text, script))
    if any(mark in line for mark in _MARKS):
        yield from re.finditer(_SURE, line)
    if "[" in line:
        found = [match for match in re.finditer(_BRACKET, line) if not script or match[0] != line.strip()]
        yield from found if found and not re.search(_SQL, line) else ()


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
