"""Conditions as runbooks say them: "Error rate > 1% for 2 consecutive minutes", "2+ consecutive", "> 2x baseline"."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from unicodedata import normalize

from rollback_gov.plans.markdown.conditions import SIGNS
from rollback_gov.plans.runbook.taking import Value
from rollback_gov.plans.runbook.times import duration_in

_LIMIT = re.compile(
    r"(?P<sign>>=|<=|≥|≤|>|<)\s*(?P<number>[0-9]{1,12}(?:[.,][0-9]{1,9})?)\s*(?P<unit>%|ms\b|x\s*\*?\s*baseline|[x×]\b)?"
)
_LASTING = re.compile(r"\s*(?P<unit>min(?:s|utes?)?|hours?|h|minutos?|Minuten|minutes?|分钟?|分間?)(?![\w/])", re.I)
"""Behind a number: that long, and not that much ("Service down > 2 min")."""
_MORE = re.compile(r"\b(?P<number>[0-9]{1,9})\+")
_FOR = re.compile(
    r"(?:\bfor|\bfür|\bdurante|\bpor|\bwährend|\bpendant|\büber|持续|連続)\s*>?\s*(?P<span>[0-9]{1,6}\s*(?:consecutive\s+)?\S{1,12})",
    re.I,
)
_CONSECUTIVE = re.compile(r"consecutive|in a row|seguid|nacheinander|consécuti|連続|连续", re.I)


class Condition(NamedTuple):
    """The part before the condition, and what a trigger's keys would be. ``compared``: it is with a baseline."""

    metric: str
    keys: dict[str, Any]
    compared: bool
    found: bool


def read_condition(text: str, line: int) -> Condition:
    """Read a condition; ``line`` (from 1) is where it stands."""
    text = normalize("NFKC", text)
    keys: dict[str, Any] = {}
    limit, more = _LIMIT.search(text), _MORE.search(text)
    held = _FOR.search(text)
    span = duration_in(re.sub(r"consecutive", "", held["span"], flags=re.I)) if held else ""
    if span:
        keys["for"] = Value(span, line)
    compared = bool(limit and limit["unit"] and limit["unit"].lower().startswith(("x", "×")))
    lasting = _LASTING.match(text, limit.end()) if limit is not None else None
    if limit is not None and lasting is not None:
        if lasts := duration_in(f"{limit['number']} {lasting['unit']}"):
            keys.setdefault("for", Value(lasts, line))
    elif limit is not None and not compared:
        number = limit["number"].replace(",", ".")
        value: Any = f"{number}%" if limit["unit"] == "%" else (float(number) if "." in number else int(number))
        keys[SIGNS[limit["sign"]]] = Value(value, line)
    elif more is not None:
        keys["count" if _CONSECUTIVE.search(text) else "at_least"] = Value(min(int(more["number"]), 1000) or 1, line)
    first = min((hit.start() for hit in (limit, more) if hit), default=len(text))
    metric = text[:first].strip(" :–-") or text
    return Condition(metric, keys, compared, limit is not None or more is not None)


def is_measured(text: str) -> bool:
    """Tell whether a text names a number."""
    text = normalize("NFKC", text)
    return (
        _LIMIT.search(text) is not None
        or _MORE.search(text) is not None
        or re.search(r"[0-9]\s*%|[0-9]\s*ms\b", text) is not None
    )
