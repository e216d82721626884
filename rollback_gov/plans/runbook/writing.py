"""A draft as YAML: every value with the line of the runbook that says it, and the gaps at the end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rollback_gov.plans.runbook.draft import Draft, ordered
from rollback_gov.plans.runbook.taking import Value
from rollback_gov.plans.schema import load_schema
from rollback_gov.plans.yaml_text import block_header, block_lines, dashed, scalar

_NOT_KEYS = frozenset({"said"})


def draft_text(draft: Draft, name: str) -> str:
    """Give the YAML of a draft of the runbook with that name."""
    plan = ordered(draft.taking.plan, list(load_schema("plan-v1")["properties"]))
    lines = [
        f"# A draft, taken from {_comment(name)}: each value says the line it comes from.",
        "# Nothing was made up. Answer a gap in its place, then delete its entry; a plan with gaps runs nowhere.",
        "apiVersion: rollback-gov/v1",
        "kind: RollbackPlan",
        *_mapping(plan, 0),
    ]
    if draft.taking.gaps:
        lines += ["gaps:"]
        for gap in draft.taking.gaps:
            lines += [f"  - at: {scalar(gap.at)}", f"    missing: {scalar(gap.missing)}"]
            lines += [f"    line: {gap.line}"] if gap.line else []
    return "\n".join(lines) + "\n"


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else "?" for each in text)


def _mapping(value: dict[str, Any], indent: int) -> Iterator[str]:
    for key, entry in value.items():
        if key not in _NOT_KEYS:
            yield from _entry(f"{' ' * indent}{key}:", entry, indent)


def _entry(head: str, entry: Any, indent: int) -> Iterator[str]:
    if isinstance(entry, Value):
        yield from _value(head, entry, indent)
    elif not entry:
        yield f"{head} {'[]' if isinstance(entry, list) else '{}'}"
    elif isinstance(entry, dict):
        yield head
        yield from _mapping(entry, indent + 2)
    else:
        yield head
        yield from _sequence(entry, indent + 2)


def _sequence(value: list[Any], indent: int) -> Iterator[str]:
    for entry in value:
        if isinstance(entry, dict):
            yield from dashed(_mapping(entry, indent + 2), indent)
        else:
            yield from _entry(f"{' ' * indent}-", entry, indent)


def _value(head: str, entry: Value, indent: int) -> Iterator[str]:
    source = f"  # line {entry.line}" if entry.line else ""
    header = block_header(entry.value) if isinstance(entry.value, str) else ""
    if not header:
        yield f"{head} {scalar(entry.value)}{source}"
        return
    yield f"{head} {header}{source}"
    yield from block_lines(entry.value, indent + 2)
