"""The words of runbooks in several languages, out of ``words.yaml``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

_WORD = re.compile(r"[a-z0-9]+")
_LETTERS = 3
"""Letters by which the words of sections are kept: each has as many, or more."""
LONGEST = 500
"""Characters of a title or label that are looked at."""


class Ranks(NamedTuple):
    """Words of sections by their first letters, each with the rank of its section: the lowest wins, and comes first.

    A pattern for each section would look at a title as often as there are words.
    """

    names: tuple[str, ...]
    latin: Mapping[str, tuple[tuple[str, int], ...]]
    others: tuple[tuple[str, int], ...]

    def find(self, text: str) -> str:
        """Give the section whose word is in a folded text, or nothing."""
        best = len(self.names)
        for found in _WORD.finditer(text):
            at = found.start()
            for word, rank in self.latin.get(text[at : at + _LETTERS], ()):
                if rank >= best:
                    break
                if text.startswith(word, at):
                    best = rank
                    break
        for word, rank in self.others if not text.isascii() else ():
            if rank < best and word in text:
                best = rank
        return self.names[best] if best < len(self.names) else ""


class Words(NamedTuple):
    """``sections`` by their words; every other list by its name; ``labels`` has each key as the name of a group."""

    sections: Ranks
    lists: Mapping[str, re.Pattern[str]]
    labels: re.Pattern[str]
    label: Mapping[str, re.Pattern[str]]
    """The words of each label."""
    units: Mapping[str, str]


@lru_cache(maxsize=32_768)
def folded(text: str) -> str:
    """Give a text in small letters without accents, as ``words.yaml`` has its words."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).lower().replace("’", "'").replace("ß", "ss")
    if text.isascii():
        return text
    kept = (each for each in unicodedata.normalize("NFD", text) if not "\u0300" <= each <= "\u036f")
    return unicodedata.normalize("NFC", "".join(kept))


def is_latin(word: str) -> bool:
    """Tell a word of Latin letters: only there do words have a beginning."""
    return word.isascii()


@cache
def words() -> Words:
    """Read ``words.yaml``, once."""
    from rollback_gov.plans.source import Source
    from rollback_gov.plans.yaml_reader import read_yaml

    path = Path(__file__).with_name("words.yaml")
    document, _ = read_yaml(Source(path.name, path.read_text(encoding="utf-8")))
    return _compiled(document)


def _compiled(document: Mapping[str, Any]) -> Words:
    plain = {name: entry for name, entry in document.items() if isinstance(entry, list)}
    units = {folded(word): letter for letter, spelled in document["units"].items() for word in spelled}
    labels = {name: pattern(spelled) for name, spelled in document["labels"].items()}
    return Words(
        sections=_ranks(document["sections"]),
        lists={name: pattern(spelled) for name, spelled in plain.items()},
        labels=re.compile("|".join(f"(?P<{name}>{found.pattern})" for name, found in labels.items())),
        label=labels,
        units=units,
    )


def _ranks(sections: Mapping[str, list[str]]) -> Ranks:
    latin: dict[str, list[tuple[str, int]]] = {}
    others: list[tuple[str, int]] = []
    for rank, spelled in enumerate(sections.values()):
        for word in map(folded, spelled):
            (latin.setdefault(word[:_LETTERS], []) if is_latin(word) else others).append((word, rank))
    return Ranks(
        tuple(sections),
        {start: tuple(sorted(found, key=lambda each: each[1])) for start, found in latin.items()},
        tuple(others),
    )


def pattern(spelled: list[str]) -> re.Pattern[str]:
    """Give a pattern that finds any of some words, in Latin letters only at the beginning of a word."""
    ordered = sorted({folded(word) for word in spelled}, key=len, reverse=True)
    latin, others = ([re.escape(word) for word in ordered if is_latin(word) is wanted] for wanted in (True, False))
    begun = [rf"(?<![a-z0-9])(?:{'|'.join(latin)})"] if latin else []
    return re.compile("|".join(begun + others))


@lru_cache(maxsize=4096)
def says(name: str, text: str) -> bool:
    """Tell whether a text has a word of that list."""
    return words().lists[name].search(folded(text)) is not None


@lru_cache(maxsize=4096)
def begins(name: str, text: str) -> bool:
    """Tell whether a text begins with a word of that list, as a whole word where it is of Latin letters."""
    text = folded(text)
    found = words().lists[name].match(text)
    return found is not None and not (found[0].isascii() and text[found.end() : found.end() + 1].isalnum())


@lru_cache(maxsize=32_768)
def section_kind(title: str) -> str:
    """Give what a title says its section is (a key under ``sections``), or nothing."""
    return words().sections.find(folded(title))


@lru_cache(maxsize=4096)
def label_kind(label: str) -> str:
    """Give what a label says (a key under ``labels``), or nothing. A label begins with its word."""
    found = words().labels.match(folded(label).strip())
    return (found.lastgroup or "") if found else ""
