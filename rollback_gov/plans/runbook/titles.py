"""What the title of a part of the procedure says: its number, its name, how long it takes, whether it is a choice."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple

from rollback_gov.plans.runbook.times import duration_in
from rollback_gov.plans.runbook.words import folded, words

_SECTION = re.compile(r"\s*(?:[0-9]{1,3}(?:\.[0-9]{1,3}){0,4}[.)]?|[ivx]{1,5}[.)])\s+(?=\S)", re.I)
_BRACKETS = re.compile(r"[(（](?P<inside>[^()（）]{1,120})[)）]\s*$")
_LETTER = re.compile(r"(?P<letter>[A-Ha-h])\)\s+(?=\S)|(?P<other>[A-H])[.:]\s+(?=\S)")
_BEHIND = r"\s*[:：.–—、)-]*\s*"


class Title(NamedTuple):
    """A title without number and time. ``numbered``: it says that it is a phase; ``choice``: an alternative."""

    name: str
    budget: str
    inside: str
    """What stands in brackets at its end."""
    numbered: bool
    choice: bool


@cache
def _counted() -> tuple[re.Pattern[str], ...]:
    number = r"(?:[0-9]{1,3}(?:\.[0-9]{1,3})?|[ivx]{1,4}\b|[a-h]\b|[一二三四五六七八九十]{1,2})"
    made = []
    for name in ("phases", "alternatives", "scenario"):
        spelled = words().lists[name].pattern
        step = "|步" if name == "phases" else ""
        bare = rf"(?:{spelled})\s?[:：]\s*|" if name == "scenario" else ""
        made.append(
            re.compile(rf"(?:{bare}(?:{spelled})s?\s*{number}{_BEHIND}|第\s?{number}\s?(?:{spelled}{step}){_BEHIND})")
        )
    several = words().lists["alternatives"].pattern
    return (*made, re.compile(rf"(?:{several})(?:s|es|en|e|n)?(?![a-z])"))


@lru_cache(maxsize=32_768)
def read_title(text: str) -> Title:
    """Read a title that is plain text already."""
    name = _SECTION.sub("", text, count=1) if _SECTION.match(text) else text
    numbered = name != text
    brackets = _BRACKETS.search(name) if name.rstrip().endswith((")", "）")) else None
    inside = brackets["inside"] if brackets else ""
    budget = duration_in(inside)
    phase, choice, scenario = (_without(found, name) for found in _counted()[:3])
    letter = _LETTER.match(name)
    rest = choice or scenario or phase or (name[letter.end() :] if letter else name)
    if brackets and (budget or _is_remark(inside)):
        rest = _BRACKETS.sub("", rest)
    rest = rest.strip().rstrip(":：").strip()
    return Title(
        rest or name.strip(),
        budget,
        inside,
        numbered or bool(phase),
        bool(choice or letter or _is_numbered(name, scenario)),
    )


def _is_numbered(name: str, rest: str) -> bool:
    """Tell "Scenario 2: …", one of several, from "Scenario: …", which only says what it is."""
    return bool(rest) and any(each.isdigit() for each in name[: len(name) - len(rest)])


def is_choice_comment(line: str) -> bool:
    """Tell a comment of a script that begins an alternative: "# Option 2: use the API"."""
    text = line.strip()
    return text.startswith("#") and bool(_without(_counted()[1], text.lstrip("# ")[:200]))


@lru_cache(maxsize=32_768)
def says_choice(title: str) -> bool:
    """Tell a title that announces alternatives: "Rollback options", "The three ways back"."""
    return _counted()[3].search(folded(title)) is not None


def _without(pattern: re.Pattern[str], name: str) -> str:
    said = folded(name)
    found = pattern.match(said)
    if found is None or len(said) != len(name):
        return ""
    return name[found.end() :].strip() or name


def _is_remark(inside: str) -> bool:
    """Tell a remark about time or preference, which is no part of a name, from one that names ("(Terraform)")."""
    first = folded(inside).split(" ")[0]
    return bool(re.search(r"[0-9]", inside)) or words().lists["remarks"].fullmatch(first) is not None
