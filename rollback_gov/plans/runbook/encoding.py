"""UTF-8 that was read as a Western or Turkish encoding: found, and repaired where the text is for people."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ENCODINGS = ("cp1252", "cp1254")


class Table(NamedTuple):
    """Broken spellings of known symbols in one encoding, the longest first."""

    pattern: re.Pattern[str]
    symbols: dict[str, str]


@cache
def tables() -> dict[str, Table]:
    """Give the table of every encoding, made from ``symbols.yaml``."""
    from rollback_gov.plans.source import Source
    from rollback_gov.plans.yaml_reader import read_yaml

    path = Path(__file__).with_name("symbols.yaml")
    document, _ = read_yaml(Source(path.name, path.read_text(encoding="utf-8")))
    known = re.findall(r"\S\ufe0f?", document["symbols"])
    return {name: _table(known, name) for name in ENCODINGS}


def _table(known: list[str], encoding: str) -> Table:
    found: dict[str, str] = {}
    for symbol in known:
        broken = symbol.encode().decode(encoding, errors="ignore")
        for spelled in {broken, broken.replace("\xa0", " ")}:
            if len(spelled.strip()) > 1:
                found.setdefault(spelled, symbol)
    ordered = sorted(found, key=len, reverse=True)
    return Table(re.compile("|".join(map(re.escape, ordered))), found)


def broken_as(text: str) -> str:
    """Name the encoding as which a text was read although it is UTF-8, or give nothing.

    Text that is really written with such letters has none of the sequences, and letters beyond the encoding's speak
    against it.
    """
    counts = {name: sum(len(hit) for hit in table.pattern.findall(text)) for name, table in tables().items()}
    best = max(ENCODINGS, key=lambda name: (counts[name], name == "cp1252"))
    return best if counts[best] else ""


def repaired(text: str, encoding: str) -> str:
    """Give a text for people with the symbols as they were meant."""
    if not encoding or text.isascii():
        return text
    table = tables()[encoding]
    return table.pattern.sub(lambda hit: table.symbols[hit[0]], text)


def is_broken(text: str, encoding: str) -> bool:
    """Tell whether a text has a broken symbol."""
    return bool(encoding) and not text.isascii() and tables()[encoding].pattern.search(text) is not None
