"""Plain data as YAML that our own reader, and any reader of YAML 1.1 or 1.2, takes for the same data.

Nothing is left to chance: what is not surely text without quotes gets quotes, and no character is invisible.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rollback_gov.plans.core_schema import InexactNumber, resolve_plain

WIDTH = 110
"""A mapping or list that fits stands on one line."""
_YAML_11 = re.compile(r"(?i)y|n|yes|no|on|off|=|<<|[-+]?[0-9][0-9_,.:xobe+-]*|[0-9]{4}-[0-9]{2}-[0-9]{2}.*")
"""What older readers take for something else than text."""
_WITHOUT_PUNCTUATION = str.maketrans("", "", " _./%@+()=-$'")
"""Takes away what may stand in a text without quotes."""
_SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0"}


def yaml_text(value: Mapping[str, Any]) -> str:
    """Write a mapping as YAML that ends with a line end; an empty one is nothing."""
    return "".join(f"{line}\n" for line in _mapping(value, 0))


def _mapping(value: Mapping[str, Any], indent: int) -> Iterator[str]:
    for key, entry in value.items():
        yield from _entry(f"{' ' * indent}{scalar(str(key))}:", entry, indent)


def _entry(head: str, entry: Any, indent: int) -> Iterator[str]:
    """Write a value behind a key or a dash: on the same line where it fits, else below."""
    if isinstance(entry, str) and (block := block_header(entry)):
        yield f"{head} {block}"
        yield from block_lines(entry, indent + 2)
        return
    flow = _flow(entry)
    if not isinstance(entry, dict | list) or not entry or len(head) + len(flow) < WIDTH:
        yield f"{head} {flow}"
    elif isinstance(entry, dict):
        yield head
        yield from _mapping(entry, indent + 2)
    else:
        yield head
        yield from _sequence(entry, indent + 2)


def _sequence(value: Sequence[Any], indent: int) -> Iterator[str]:
    dash = f"{' ' * indent}-"
    for entry in value:
        flow = _flow(entry)
        if isinstance(entry, dict | list) and entry and len(dash) + len(flow) >= WIDTH:
            inner = _mapping(entry, indent + 2) if isinstance(entry, dict) else _sequence(entry, indent + 2)
            yield from dashed(inner, indent)
        else:
            yield from _entry(dash, entry, indent)


def dashed(lines: Iterable[str], indent: int) -> Iterator[str]:
    """Put a dash before the first line of an entry, whose lines are indented by two more than the dash."""
    for number, line in enumerate(lines):
        yield f"{' ' * indent}- {line[indent + 2 :]}" if number == 0 else line


def _flow(value: Any) -> str:
    """Write a value on one line. A text of several lines makes it too long on purpose: blocks are for those."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{scalar(str(key))}: {_flow(entry)}" for key, entry in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    text = scalar(value)
    return text + " " * WIDTH if isinstance(value, str) and block_header(value) else text


def scalar(value: Any) -> str:
    """Write a plain value on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if not isinstance(value, str):
        return repr(value)
    return value if _is_plain(value) else _quoted(value)


def _is_plain(text: str) -> bool:
    if not text or not (text[0].isalnum() or text[0] in "_/$") or text[-1] == " " or _YAML_11.fullmatch(text):
        return False
    try:
        if not isinstance(resolve_plain(text), str):
            return False
    except InexactNumber:
        return False
    rest = text.translate(_WITHOUT_PUNCTUATION)
    return not rest or rest.isalnum()


def _quoted(text: str) -> str:
    if text.isprintable():
        return "'" + text.replace("'", "''") + "'" if "\\" in text or '"' in text else f'"{text}"'
    return '"' + "".join(_SHORT.get(each) or (each if each.isprintable() else _escape(each)) for each in text) + '"'


def _escape(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def block_header(text: str) -> str:
    """Give ``|`` or ``|-`` for a text of several lines that a block can hold to the letter, or nothing."""
    body = text.removesuffix("\n")
    if "\n" not in body or body.endswith("\n") or body[0] in " \t\n":
        return ""
    if not all(line.replace("\t", "").isprintable() and not line.isspace() for line in body.split("\n") if line):
        return ""
    return "|" if text != body else "|-"


def block_lines(text: str, indent: int) -> Iterator[str]:
    """Give the lines of such a text below its header."""
    for line in text.removesuffix("\n").split("\n"):
        yield f"{' ' * indent}{line}" if line else ""
