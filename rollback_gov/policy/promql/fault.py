"""Where a text stops being PromQL: the parser says why, and not where."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

_TOKEN = r'"(?:[^"\\]|\\.)*"|' r"'(?:[^'\\]|\\.)*'|`[^`]*`|[A-Za-z_:][\w:]*|[0-9][\w.]*|[<>=!]=|=~|!~|\S"
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_ENDINGS = ("", " x", "1m", "(x)", "(x[1m])", ' x="y"', '="y"', '"y"', "[1m]", "(1, x)", " (x) (x)", " (x[1m], 1)")
"""What may follow a piece that is right as far as it goes."""
MOST_TOKENS = 400


def place_of(text: str, message: str, parses: Callable[[str], bool]) -> tuple[int, int]:
    """Give the offsets of what the message is about; those of the whole text where it cannot be told."""
    named = re.search(r"function (?:with name )?'(\w+)'", message)
    if named and (start := _wrong_call(text, named[1], parses)) is not None:
        return start, start + len(named[1])
    if "unterminated" in message:
        return _open_quote(text)
    tokens = [found.span() for found in re.finditer(_TOKEN, text)]
    if not tokens or len(tokens) > MOST_TOKENS:
        return 0, len(text)
    return _unclosed(text, tokens) or _first_wrong(text, tokens, parses)


def _wrong_call(text: str, name: str, parses: Callable[[str], bool]) -> int | None:
    """Find the call of a function that is wrong by itself."""
    calls = [found.start() for found in re.finditer(rf"\b{re.escape(name)}\s*\(", text)]
    wrong = (start for start in calls if not parses(_balanced(text[start:])))
    return next(wrong, calls[0] if calls else None)


def _balanced(text: str) -> str:
    """Cut a text that begins with a call off after the bracket that closes it."""
    depth = 0
    for index, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth == 0:
            return text[: index + 1]
    return text


def _open_quote(text: str) -> tuple[int, int]:
    rest = re.sub(r'"(?:[^"\\]|\\.)*"|' r"'(?:[^'\\]|\\.)*'|`[^`]*`", lambda found: "_" * len(found[0]), text)
    start = next((index for index, character in enumerate(rest) if character in "\"'`"), 0)
    return start, len(text)


def _unclosed(text: str, tokens: list[tuple[int, int]]) -> tuple[int, int] | None:
    """Find a bracket that closes nothing, or the innermost one that nothing closes."""
    stack: list[tuple[int, int]] = []
    for start, end in tokens:
        token = text[start:end]
        if token in _CLOSING:
            stack.append((start, end))
        elif token in _CLOSING.values():
            if not stack or _CLOSING[text[stack[-1][0]]] != token:
                return start, end
            stack.pop()
    return stack[-1] if stack else None


def _first_wrong(text: str, tokens: list[tuple[int, int]], parses: Callable[[str], bool]) -> tuple[int, int]:
    """Find the first token after which nothing makes the text right; the last one where all of them may stand there."""
    for (start, end), following in pairwise([*tokens, (len(text), len(text))]):
        if not _may_begin(text[:end], parses):
            return start, end
        if following[0] == len(text):
            return start, end
    return 0, len(text)


def _may_begin(piece: str, parses: Callable[[str], bool]) -> bool:
    """Tell whether some expression begins like that."""
    stack = []
    for found in re.finditer(_TOKEN, piece):
        if found[0] in _CLOSING:
            stack.append(_CLOSING[found[0]])
        elif stack and found[0] == stack[-1]:
            stack.pop()
    closing = "".join(reversed(stack))
    ways = {closing, closing.replace("}", "}[1m]", 1)}
    return any(parses(piece + ending + way) for way in ways for ending in _ENDINGS)
