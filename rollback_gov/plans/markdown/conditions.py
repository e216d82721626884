"""Conditions in words: "Error rate > 1% for 2 consecutive minutes"."""

from __future__ import annotations

import re

from rollback_gov.plans.markdown.draft import Draft, like, mapping
from rollback_gov.plans.markdown.page import Said
from rollback_gov.plans.markdown.spans import span_of

CONDITIONS = ("above", "below", "at_least", "at_most")
SIGNS = {">": "above", "<": "below", ">=": "at_least", "≥": "at_least", "<=": "at_most", "≤": "at_most"}
"""The keys of a trigger by the signs that people write."""
_CONDITION = re.compile(
    r"(?P<sign>>=|<=|≥|≤|>|<)\s*(?P<number>[0-9]{1,15}(?:\.[0-9]{1,15})?%?)\s*(?:ms|s)?"
    r"(?:\s*(?:/|per)\s*(?P<per>second|minute|hour|day))?"
    r"(?:\s+consecutive)?(?:\s+for\s+(?P<count>[0-9]{1,6})\s+(?:consecutive\s+)?(?P<unit>seconds?|minutes?|hours?))?$",
    re.IGNORECASE,
)


def without_condition(name: str) -> str:
    """Give what a trigger's name says before its condition; the whole name where that would be nothing."""
    found = _CONDITION.search(name)
    return (name[: found.start()].strip() if found else "") or name


def derive_condition(trigger: Draft) -> None:
    """Derive threshold and time from a trigger's name, where it says them."""
    name = trigger.node.children.get("name")
    found = _CONDITION.search(name.value) if name is not None and isinstance(name.value, str) else None
    if name is None or found is None:
        return
    trigger.derive(SIGNS[found["sign"]], like(name, found["number"]))
    if found["count"]:
        trigger.derive("for", like(name, span_of(f"{found['count']} {found['unit']}")))


def derive_report(trigger: Draft, *, with_condition: bool) -> None:
    """Derive the query of a trigger that people judge: how many of them report it."""
    title = trigger.node.children.get("name") or trigger.node.children["id"]
    at = Said("", title.line, title.column)
    found = _CONDITION.search(str(title.value))
    query = Draft(trigger.page, at, mapping(at))
    query.put("source", like(title, "manual"))
    query.put("signal", like(title, str(trigger.get("id")).replace("-", "_")))
    if found and found["per"]:
        query.put("over", like(title, span_of(f"1 {found['per']}")))
    trigger.derive("query", query.node)
    if with_condition:
        derive_condition(trigger)
        if not any(key in trigger.node.children for key in CONDITIONS):
            trigger.derive("at_least", like(title, 1))
    if not trigger.node.children.keys() & {"for", "count", "window"}:
        trigger.derive("count", like(title, 1))
