"""Phases and their steps."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rollback_gov.plans.markdown.phases import GUARDED
from rollback_gov.plans.markdown.phrases import phrase
from rollback_gov.plans.markdown.writing.records import (
    Lines,
    entries,
    entry,
    keys,
    parts,
    script,
    take_label,
    take_span,
    take_title,
)

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def write_phases(phases: Sequence[dict[str, Any]], level: int) -> Lines:
    """Write phases under headings of that level."""
    return parts(*(_phase(phase, number, level) for number, phase in enumerate(phases, start=1)))


def _phase(record: dict[str, Any], number: int, level: int) -> Lines:
    left = dict(record)
    title = take_title(left, f"phase-{number}")
    budget = take_span(left, "budget")
    head = f"{'#' * level} Phase {number}: {title}{f' ({budget})' if budget else ''}"
    objective = take_label(left, "objective", "Objective")
    guard = [f"**CRITICAL**: {GUARDED}"] if left.pop("guard", None) else []
    steps = _steps(left.pop("steps", ()))
    options = [_option(option, count, level + 1) for count, option in enumerate(left.pop("alternatives", ()), start=1)]
    return parts([head], objective, guard, keys(left), steps, *options)


def _option(record: dict[str, Any], number: int, level: int) -> Lines:
    left = dict(record)
    title = take_title(left, f"option-{number}")
    letter = _LETTERS[number - 1] if number <= len(_LETTERS) else str(number)
    steps = _steps(left.pop("steps", ()))
    return parts([f"{'#' * level} Option {letter}: {title}"], keys(left), steps)


def _steps(steps: Sequence[dict[str, Any]]) -> Lines:
    return entries([_step(step, number) for number, step in enumerate(steps, start=1)])


def _step(record: dict[str, Any], number: int) -> Lines:
    """Write a step. What a person does is text; so are notes of a step that does something by itself."""
    left = dict(record)
    title = take_title(left, f"step-{number}")
    text = _told(left, record)
    return list(entry(f"{number}. ", f"**{title}**", parts([text] if text else [], script(left), keys(left))))


def _told(left: dict[str, Any], record: dict[str, Any]) -> str | None:
    """Take the text below a step's title: its notes, or what a person does unless the title says that already."""
    key = "notes" if "manual" not in left else "manual"
    if key == "manual" and "notes" in left:
        return None
    if key == "manual" and left["manual"] == record.get("name") and "name" not in left:
        del left["manual"]
        return None
    text = phrase(left.get(key))
    if text is not None:
        del left[key]
    return text
