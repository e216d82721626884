"""What people wrote about the impact, as facts: no journal sees requests, complaints or revenue."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from rollback_gov.plans.markdown.spans import exact_span, length_of
from rollback_gov.reports.escape import text_of
from rollback_gov.reports.fact import NOT_MEASURED, Entered, Fact, Seconds
from rollback_gov.reports.filters import shown
from rollback_gov.reports.impact import Impact

_LINE = re.compile(r"^\s*[-*]\s*(?P<label>[^:\n]+?)\s*:\s*(?P<said>\S.*?)\s*$", re.M)
_COUNT = re.compile(r"^(\d{1,3}(?:,\d{3})+|\d+)(?=$|[\s(;]|\.(?!\d))")
_SOURCE = "written in the report"


def _count(text: str) -> int | None:
    match = _COUNT.match(text)
    return int(match[1].replace(",", "")) if match else None


def _seconds(text: str) -> Seconds | None:
    span = length_of(exact_span(text))
    return Seconds(span.milliseconds / 1000) if span else None


_FIELDS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "users": ("users", str),
    "downtime": ("downtime", _seconds),
    "affected requests": ("affected_requests", _count),
    "failed requests": ("failed_requests", _count),
    "customer complaints": ("complaints", _count),
    "revenue impact": ("revenue", str),
}


def told_impact(impact: Impact, text: str) -> Impact:
    """Give the impact with what the part ``impact`` of a report says; what cannot be read as a number stays unknown.

    A line that is as it was printed is nothing that people said.
    """
    said: dict[str, Fact[Any]] = {}
    for match in _LINE.finditer(text):
        field, read = _FIELDS.get(match["label"].strip("* ").lower(), ("", str))
        if not field or match["said"] in (NOT_MEASURED, shown(getattr(impact, field))):
            continue
        value = read(text_of(match["said"]))
        if value is not None:
            said[field] = Entered(value, _SOURCE)
    return replace(impact, **said)
