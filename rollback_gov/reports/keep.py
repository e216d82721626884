"""Rendering again keeps what people wrote: their parts stand between markers."""

from __future__ import annotations

import re

_PART = re.compile(
    r"<!-- write: (?P<name>[a-z0-9-]+) -->\r?\n(?P<text>.*?)(?:<!-- end -->|(?=<!-- write: |^## )|\Z)", re.DOTALL | re.M
)
"""A part whose end somebody deleted reaches to the next part or section, and takes nothing of them with it."""


def keep_written(old: str, new: str) -> str:
    """Give the new document with the parts that people wrote in the old one. Parts without a place go to the end."""
    written: dict[str, str] = {}
    for match in _PART.finditer(old):
        written[match["name"]] = written.get(match["name"], "") + _ending_in_newline(match["text"])
    places = {match["name"] for match in _PART.finditer(new)}
    kept = _PART.sub(lambda match: _part(match["name"], written.get(match["name"], match["text"])), new)
    homeless = [f"\n{_part(name, text)}\n" for name, text in written.items() if name not in places]
    return kept + "".join(homeless)


def _part(name: str, text: str) -> str:
    return f"<!-- write: {name} -->\n{text}<!-- end -->"


def _ending_in_newline(text: str) -> str:
    return text if not text or text.endswith("\n") else f"{text}\n"
