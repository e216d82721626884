"""How often a loop goes round, where its text says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rollback_gov.policy.shell.script import Loop, Word

if TYPE_CHECKING:
    from tree_sitter import Node

_RANGE = r"\{(\d{1,6})\.\.(\d{1,6})\}"
_SEQUENCE = r"[$`]\(?\s*seq\s+(?:(\d{1,6})\s+)?(\d{1,6})\s*[)`]"
_COUNTED = r"\(\(\s*(\w+)\s*=\s*(\d{1,6})\s*;\s*\1\s*(<=?)\s*(\d{1,6})\s*;\s*(?:\1\+\+|\+\+\1)\s*\)\)"
_ENDLESS = r"(?:while\s+(?:true|:|\[+\s*(?:1|true)\s*\]+|\(\(\s*1\s*\)\))|until\s+false)\s*(?:;|\n)"
_LEAVES = r"\b(?:break|exit|return|exec|kill)\b"


def listed(words: Sequence[Word]) -> Loop:
    """``for x in …``: as often as there are words, a range such as ``{1..6}`` or ``$(seq 6)`` counted out."""
    counts = [_count(word) for word in words]
    known = [count for count in counts if count is not None]
    return Loop(times=sum(known) if words and len(known) == len(counts) else None)


def _count(word: Word) -> int | None:
    if word.value.startswith("{") and (found := re.fullmatch(_RANGE, word.value)):
        return abs(int(found[2]) - int(found[1])) + 1
    if "seq" in word.value and (found := re.fullmatch(_SEQUENCE, word.value)):
        return max(int(found[2]) - int(found[1] or 1) + 1, 0)
    return 1 if word.literal and not set(word.value) & set("*?[{") else None


def c_style(text: str) -> Loop:
    """``for ((i = 0; i < 6; i++))``."""
    found = re.search(_COUNTED, text.partition("\n")[0])
    if not found:
        return Loop(endless=bool(re.match(r"for\s*\(\(\s*;\s*;\s*\)\)", text)) and not re.search(_LEAVES, text))
    return Loop(times=max(int(found[4]) - int(found[2]) + (found[3] == "<="), 0))


def condition_loop(text: str, node: Node) -> Loop:
    """``while`` and ``until``: endless where the condition cannot change and nothing inside leaves the loop."""
    whole = text[node.start_byte : node.end_byte]
    return Loop(endless=bool(re.match(_ENDLESS, whole)) and not re.search(_LEAVES, whole))
