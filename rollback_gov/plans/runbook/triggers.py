"""When to roll back: triggers in lists, in blocks of YAML, and in tables of signals, thresholds and actions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.conditions import CONDITIONS, SIGNS
from rollback_gov.plans.runbook.conditions import is_measured, read_condition
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.matrix import Row, bands, rows_in
from rollback_gov.plans.runbook.quoted import mapping_in
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, entry_text, items_of, unique
from rollback_gov.plans.runbook.titles import read_title
from rollback_gov.plans.runbook.words import says

Trigger = dict[str, Any]
_LABEL = re.compile(r"(?:\*\*|__)(?P<label>[^*_]{1,80}?):?(?:\*\*|__):?\s*(?P<rest>\S.*)", re.S)
_QUERY = re.compile(r"(?P<expr>.*?)\s*(?P<sign>>=|<=|>|<)\s*(?P<limit>[0-9]+(?:\.[0-9]+)?)\s*$", re.S)
OPEN_KINDS = frozenset({"triggers", "decision"})
"""Sections that do not say whether their triggers are measured or reported."""
KINDS = frozenset({"triggers", "automatic", "reported", "decision"})


def read_triggers(taking: Taking, root: Section) -> None:
    """Find triggers. Rows of a matrix are triggers only where nothing else says when to roll back."""
    used: Ids = {}
    found: list[Trigger] = []
    for section in root.walk():
        if section.kind in KINDS:
            found += _from_section(taking, section, used)
    rows = [
        row for section in root.walk() if section.kind in ("decision", "triggers") for row in rows_in(taking, section)
    ]
    if not found:
        found = [_from_row(taking, row, used) for row in rows]
    taking.counts["matrix_rows"] = len(rows)
    if found:
        taking.plan["triggers"] = found
    decided = bands(taking, rows, found)
    if decided:
        taking.plan["decision"] = decided
    for trigger in found:
        _ask(taking, trigger)


def _ask(taking: Taking, trigger: Trigger) -> None:
    name = (trigger["name"] if "name" in trigger else trigger["id"]).value
    at = f"triggers.{trigger['id'].value}"
    if trigger["query"]["source"].value == "TODO":
        taking.gap(f"{at}.query", f"What measures '{name}'?", trigger["id"].line)
    if not trigger.keys() & set(CONDITIONS):
        taking.gap(at, f"From which value on does '{name}' count?", trigger["id"].line)


def _from_section(taking: Taking, section: Section, used: Ids) -> Iterator[Trigger]:
    taking.lines.add(section.line)
    for item in items_of(section.blocks):
        taking.take(item)
        for text, reported in _texts(taking, item, section.kind):
            yield _trigger(text, item.line + 1, used, reported=reported)
    for block in section.blocks:
        settings = mapping_in(block)
        if settings:
            yield from _from_yaml(taking, section, block, settings, used)


def _texts(taking: Taking, item: Block, kind: str) -> Iterator[tuple[str, bool]]:
    """Give what an entry names, and whether people report it. A label before several says it for each."""
    text = entry_text(item)
    found = _LABEL.fullmatch(text)
    if (
        found is not None
        and kind in OPEN_KINDS
        and ("auto" in found["label"].lower() or says("people", found["label"]) or "manual" in found["label"].lower())
    ):
        reported = "auto" not in found["label"].lower()
        for part in taking.said(found["rest"]).split(", "):
            yield part.strip(), reported
        return
    said = taking.said(text)
    yield said, kind == "reported" or (kind in OPEN_KINDS and is_reported(said))


def is_reported(text: str) -> bool:
    """Tell what people see and say from a number or a failing check."""
    return says("people", text) or not (is_measured(text) or says("failing", text))


def _trigger(text: str, line: int, used: Ids, *, reported: bool) -> Trigger:
    condition = read_condition(text, line)
    identity = unique(condition.metric, f"trigger-{len(used) + 1}", used)
    trigger: Trigger = {"id": Value(identity, line), "name": Value(text, line)}
    if reported:
        trigger["query"] = {"source": Value("manual", line), "signal": Value(identity.replace("-", "_"), line)}
        return trigger | condition.keys
    trigger["query"] = {"source": Value("TODO", line)}
    return trigger | condition.keys


def _from_yaml(
    taking: Taking, section: Section, block: Block, settings: dict[str, Any], used: Ids
) -> Iterator[Trigger]:
    taking.lines.update(range(block.line, block.end))
    for entry in next((value for key, value in settings.items() if "trigger" in key and isinstance(value, list)), []):
        if isinstance(entry, str):
            yield _trigger(entry, block.line + 1, used, reported=section.kind != "automatic")
    if not isinstance(settings.get("trigger"), str):
        return
    line = block.line + 2
    text = " ".join(str(settings.get("condition", "")).split())
    name = read_title(taking.said(section.title)).name
    trigger: Trigger = {"id": Value(unique(settings["trigger"], f"trigger-{len(used) + 1}", used), line)}
    trigger["name"] = Value(f"{name}: {text}" if text else name, section.line + 1)
    trigger["query"] = {"source": Value("TODO", line)}
    held = re.search(r"duration\s*>=?\s*([0-9]+)\s*minute", text)
    if held:
        trigger["for"] = Value(f"{held[1]}m", line)
    yield trigger | _queried(taking, section)


def _queried(taking: Taking, section: Section) -> Trigger:
    """Give the query that a trigger's section shows, with a limit where it compares with a number."""
    for block in section.whole:
        if block.kind == "fence" and block.language == "promql":
            taking.lines.update(range(block.line, block.end))
            text, line = block.text.strip(), block.line + 2
            found = _QUERY.fullmatch(text)
            if found is None:
                return {"query": {"source": Value("prometheus", line), "expr": Value(text, line)}}
            number = found["limit"]
            limit = Value(float(number) if "." in number else int(number), line)
            return {
                "query": {"source": Value("prometheus", line), "expr": Value(found["expr"].strip(), line)},
                SIGNS[found["sign"]]: limit,
            }
    return {}


def _from_row(taking: Taking, row: Row, used: Ids) -> Trigger:
    reported = is_reported(f"{row.signal} {row.threshold}")
    condition = read_condition(row.threshold, row.line)
    identity = unique(row.signal, f"trigger-{len(used) + 1}", used)
    trigger: Trigger = {"id": Value(identity, row.line), "name": Value(f"{row.signal}: {row.threshold}", row.line)}
    source = Value("manual" if reported else "TODO", row.line)
    trigger["query"] = {
        "source": source,
        **({"signal": Value(identity.replace("-", "_"), row.line)} if reported else {}),
    }
    lasting = {"for": Value(row.lasting, row.line)} if row.lasting else {}
    return trigger | lasting | condition.keys
