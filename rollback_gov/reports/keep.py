"""Rendering again keeps what people wrote: their parts stand between markers."""

from __future__ import annotations

import re

_PART = re.compile(r"<!-- write: (?P<name>[a-z-]+) -->\n(?P<text>.*?)<!-- end -->", re.DOTALL)


def keep_written(old: str, new: str) -> str:
    """Give the new document with the parts that people wrote in the old one; those without a place go to the end."""
    written = {match["name"]: match["text"] for match in _PART.finditer(old)}
    names = {match["name"] for match in _PART.finditer(new)}

    def fill(match: re.Match[str]) -> str:
        text = written.get(match["name"], match["text"])
        return f"<!-- write: {match['name']} -->\n{text}<!-- end -->"

    lost = [f"<!-- write: {name} -->\n{text}<!-- end -->\n" for name, text in written.items() if name not in names]
    return _PART.sub(fill, new) + ("\n" + "\n".join(lost) if lost else "")
