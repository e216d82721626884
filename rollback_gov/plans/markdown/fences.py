"""Fences inside of fences: a document that shows a document.

CommonMark ends a block that three backticks opened at the next three backticks, so a `````markdown`` block that shows a
``bash`` block ends too early and swallows what follows. Here the outer fence is made longer, as its author meant it:
inside of a ``markdown`` block a fence with a language opens a child, and a bare one closes the innermost. No line comes
or goes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

DOCUMENTS = frozenset({"markdown", "md"})
"""Languages of blocks that show a document."""
DEEPEST = 10
"""Documents inside of documents, beyond which a fence is text: each makes all fences around it longer."""
_FENCE = re.compile(r"(?P<lead>[ \t>]*(?:(?:[-*+]|[0-9]{1,9}[.)])[ \t]+)*)(?P<mark>`{3,}|~{3,})(?P<info>.*)")


@dataclass(slots=True)
class _Fence:
    opened: int
    mark: str
    document: bool
    needed: int
    closed: int = -1


def language(info: str) -> str:
    """Give the first word of what stands behind a fence, in small letters: the language of the block."""
    words = info.split(maxsplit=1)
    return words[0].lower().strip("{}.") if words else ""


def is_closing(line: str, mark: str) -> bool:
    """Tell whether a line closes a block that ``mark`` opened."""
    text = line.lstrip(" \t>").rstrip()
    return len(text) >= len(mark) and not text.strip(mark[0])


def lengthen(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Give the lines with fences that are long enough for what they hold, and the lines outside of all blocks."""
    fences: list[_Fence] = []
    stack: list[_Fence] = []
    outside: list[str] = []
    for number, line in enumerate(lines):
        if not stack:
            outside.append(line)
        found = _FENCE.match(line) if "```" in line or "~~~" in line else None
        if found is None:
            continue
        inner = stack[-1] if stack else None
        if inner is not None and _closes(found, inner):
            inner.closed = number
            stack.pop()
            if stack:
                stack[-1].needed = max(stack[-1].needed, inner.needed + 1)
        elif _opens(found, inner, len(stack)):
            info = language(found["info"])
            stack.append(_Fence(number, found["mark"], info in DOCUMENTS, len(found["mark"])))
            fences.append(stack[-1])
    for outer, inner in zip(reversed(stack[:-1]), reversed(stack[1:]), strict=True):
        outer.needed = max(outer.needed, inner.needed + 1)
    return _rewritten(lines, fences), outside


def _closes(found: re.Match[str], inner: _Fence) -> bool:
    return found["mark"][0] == inner.mark[0] and len(found["mark"]) >= len(inner.mark) and not found["info"].strip()


def _opens(found: re.Match[str], inner: _Fence | None, depth: int) -> bool:
    if found["mark"][0] == "`" and "`" in found["info"]:
        return False  # code in a line of text
    return inner is None or (inner.document and depth < DEEPEST)


def _rewritten(lines: Sequence[str], fences: Sequence[_Fence]) -> list[str]:
    changed = list(lines)
    for fence in fences:
        if fence.needed > len(fence.mark):
            for number in (fence.opened, fence.closed):
                if number >= 0:
                    changed[number] = _longer(changed[number], fence)
    return changed


def _longer(line: str, fence: _Fence) -> str:
    found = _FENCE.match(line)
    if found is None or len(found["mark"]) >= fence.needed:
        return line
    return f"{found['lead']}{fence.mark[0] * fence.needed}{found['info']}"
