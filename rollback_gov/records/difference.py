"""What differs between a plan as it was kept and the plan of today, value by value, in the words of the plan."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import unified_diff
from typing import Any, Final

from rollback_gov.model.document import counts, key_of, to_document
from rollback_gov.model.plan import Plan
from rollback_gov.model.record import Record
from rollback_gov.records.canonical import canonical
from rollback_gov.records.text import one_line

_ABSENT: Final = object()
_ENTRIES: Mapping[str, str] = {
    "alternatives": "alternative",
    "baseline": "baseline",
    "checks": "check",
    "contacts": "contact",
    "decision": "decision",
    "escalation": "escalation",
    "forward_fix": "forward-fix phase",
    "items": "item",
    "last_resort": "last-resort phase",
    "parameters": "parameter",
    "phases": "phase",
    "recovery": "recovery phase",
    "remedies": "remedy",
    "safety_checks": "safety check",
    "scenarios": "scenario",
    "steps": "step",
    "triggers": "trigger",
    "watch_after": "window",
}
"""What one entry of a list is called."""
_SHORT = 70
_LINES = 12
"""How long a value may be to stand in the sentence, and how many lines of a script's change are shown."""
Words = tuple[str, ...]


class Edit(Record):
    """One thing that was changed: where, in words, and what; ``runs`` unless only people read it.

    ``lines`` has the changed lines of a text that is too long for the sentence, as a unified diff.
    """

    where: Words
    what: str
    runs: bool
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return ": ".join((*self.where, self.what))


def differences(old: Mapping[str, Any], new: Plan) -> tuple[Edit, ...]:
    """Tell what was changed since ``old``, the canonical document of a plan, in the order of the document."""
    return tuple(_record(old, new, (), runs=True))


def _record(old: Mapping[str, Any], new: Any, where: Words, *, runs: bool) -> Iterator[Edit]:
    shorthand = getattr(type(new), "SHORTHAND", "")
    for item in fields(new):
        key = key_of(item.name)
        value = getattr(new, item.name) if counts(item, new) else _ABSENT
        before = old.get(key, _ABSENT)
        if _same(before, value):
            continue
        still_runs = runs and not item.metadata.get("prose")
        inside = where if key == shorthand and where else (*where, key)
        yield from _change(before, value, inside, default=_default(item), runs=still_runs)


def _change(before: Any, value: Any, where: Words, *, default: Any, runs: bool) -> Iterator[Edit]:
    """Look into what has parts on both sides; else it is one value in the place of another."""
    if is_dataclass(value) and isinstance(before, Mapping):
        yield from _record(before, value, _spoken(where), runs=runs)
    elif isinstance(value, Mapping) and isinstance(before, Mapping):
        yield from _mapping(before, value, where, runs=runs)
    elif _named_entries(before) or _named_entries(_plain(value)):
        there = before if isinstance(before, Sequence) else ()
        yield from _entries(there, () if value is _ABSENT else value, where, runs=runs)
    else:
        old, new = (default if side is _ABSENT else _plain(side) for side in (before, value))
        yield _leaf(old, new, where, runs=runs)


def _mapping(before: Mapping[str, Any], value: Mapping[str, Any], where: Words, *, runs: bool) -> Iterator[Edit]:
    label = _ENTRIES.get(where[-1])
    for key in dict.fromkeys((*value, *before)):
        old, new = before.get(key, _ABSENT), value.get(key, _ABSENT)
        inside = (*where[:-1], f"{label} {key}") if label else (*_spoken(where), key)
        if not _same(old, new):
            yield from _change(old, new, inside, default=None, runs=runs)


def _entries(before: Sequence[Any], value: Sequence[Any], where: Words, *, runs: bool) -> Iterator[Edit]:
    """Entries that have an id are the same entry wherever they stand; their order is a change of its own."""
    label = _ENTRIES.get(where[-1], where[-1].replace("_", " "))
    old = {_id(entry): entry for entry in before}
    new = {_id(_plain(entry)): entry for entry in value}
    for name, entry in new.items():
        inside = (*where[:-1], f"{label} {name}")
        if name not in old:
            yield Edit(where=inside, what="new", runs=runs)
        elif not _same(old[name], entry):
            yield from _change(old[name], entry, inside, default=None, runs=runs)
    for name in old:
        if name not in new:
            yield Edit(where=(*where[:-1], f"{label} {name}"), what="gone", runs=runs)
    kept = [[name for name in side if name in old and name in new] for side in (old, new)]
    if kept[0] != kept[1]:
        what = f"order of {where[-1].replace('_', ' ')} {', '.join(kept[0])} -> {', '.join(kept[1])}"
        yield Edit(where=where[:-1], what=what, runs=runs)


def _leaf(old: Any, new: Any, where: Words, *, runs: bool) -> Edit:
    *outer, name = _spoken(where)
    texts = (_shown(old), _shown(new))
    if all(len(text) <= _SHORT and "\n" not in text for text in texts):
        return Edit(where=tuple(outer), what=f"{name} {' -> '.join(map(one_line, texts))}", runs=runs)
    before, after = (text.splitlines() for text in texts)
    changed = list(unified_diff(before, after, n=0, lineterm=""))[2:]
    lines = tuple(one_line(line, 200) for line in changed if not line.startswith("@@"))
    more = (f"… {len(lines) - _LINES} more lines",) if len(lines) > _LINES else ()
    return Edit(where=tuple(outer), what=f"{name} changed", runs=runs, lines=(*lines[:_LINES], *more))


def _spoken(where: Words) -> Words:
    """Give the last word as people say it: ``point_of_no_return`` without the lines."""
    return (*where[:-1], where[-1].replace("_", " ")) if where else where


def _same(before: Any, value: Any) -> bool:
    if before is _ABSENT or value is _ABSENT:
        return before is value
    return bool(before == _plain(value))


def _plain(value: Any) -> Any:
    """Give a value as the canonical document has it."""
    return None if value is _ABSENT else json.loads(canonical(value).text)


def _named_entries(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(entry, dict) for entry in value)


def _id(entry: Mapping[str, Any]) -> str:
    """Name an entry: by its id, else by what tells it from its neighbours."""
    for key in ("id", "name", "role", "phase", "action", "level", "pointer"):
        if key in entry:
            return str(entry[key])
    return json.dumps(entry, sort_keys=True)[:40]


def _default(item: Field[Any]) -> Any:
    return None if item.default is MISSING else to_document(item.default)


def _shown(value: Any) -> str:
    if value in (None, "", [], {}):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(entry, str | int) for entry in value):
        return ", ".join(map(str, value))
    if isinstance(value, str):
        return f"'{value}'" if " " in value and "\n" not in value else value
    return json.dumps(value, ensure_ascii=False)
