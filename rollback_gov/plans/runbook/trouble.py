"""What runbooks say for the case that the rollback itself fails: troubleshooting, the last resort, escalation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.scripts import is_script
from rollback_gov.plans.runbook.steps import steps_of
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, items_of, rows_of, texts_of
from rollback_gov.plans.runbook.times import beginning, written
from rollback_gov.plans.runbook.titles import read_title
from rollback_gov.plans.runbook.words import folded, says, words

_LEVEL = re.compile(
    r"(?:level|stufe|nivel|niveau|tier|级别|レベル)\s*(?P<level>[1-9])\s*[:：.–-]?\s*(?P<name>.*)", re.I
)


def read_trouble(taking: Taking, root: Section) -> None:
    """Read them. None of it is ever a step of the procedure."""
    troubles: list[dict[str, Any]] = []
    last: list[dict[str, Any]] = []
    levels: list[dict[str, Any]] = []
    for section in root.outermost("troubleshooting"):
        taking.lines.add(section.line)
        inner = [one for one in section.sections if one.kind == "troubleshooting" and not _part(one)]
        for one in inner or [section]:
            troubles += _trouble(taking, one)
    for section in root.outermost("last_resort"):
        last += _phase(taking, section, len(last))
    for section in root.walk():
        if section.kind == "escalation":
            levels += _level(taking, section)
            for block in section.blocks:
                if block.kind == "table":
                    levels += _rows(taking, block, len(levels))
    for key, value in (("troubleshooting", troubles), ("last_resort", last), ("escalation", levels)):
        if value:
            taking.plan[key] = value


def _part(section: Section) -> str:
    said = folded(section.title)
    return next((name for name in ("symptoms", "investigate", "remedies") if words().label[name].match(said)), "")


def _trouble(taking: Taking, section: Section) -> list[dict[str, Any]]:
    trouble: dict[str, Any] = {}
    used: Ids = {}
    parts: Sequence[Section] = section.sections or [section]
    remedies: list[dict[str, Any]] = []
    for part in parts:
        kind = _part(part) or "remedies"
        taking.lines.add(part.line)
        if kind == "symptoms":
            trouble["symptoms"] = texts_of(taking, part.blocks)
        elif kind == "investigate":
            trouble["investigate"] = _probes(taking, part)
        elif part.kind == section.kind:
            remedies += steps_of(taking, part, used)
    if remedies:
        trouble["remedies"] = remedies
    trouble = {key: value for key, value in trouble.items() if value}
    if not trouble:
        return []
    name = read_title(taking.said(section.title)).name
    taking.gap("troubleshooting", f"In which phase does '{name}' happen?", section.line + 1)
    return [{"phase": Value("TODO", section.line + 1), "when": taking.text(name, section.line), **trouble}]


def _probes(taking: Taking, part: Section) -> list[dict[str, Any]]:
    found = []
    for block in part.blocks:
        if is_script(block):
            taking.lines.update(range(block.line, block.end))
            found.append({"run": Value(block.text, block.line + (2 if block.kind == "fence" else 1))})
    return found


def _phase(taking: Taking, section: Section, index: int) -> list[dict[str, Any]]:
    steps = steps_of(taking, section, {})
    if not steps:
        return []
    taking.lines.add(section.line)
    name = read_title(taking.said(section.title)).name
    line = section.line + 1
    return [{"id": Value(f"last-resort-{index + 1}", line), "name": Value(name, line), "steps": steps}]


def _rows(taking: Taking, block: Block, levels: int) -> list[dict[str, Any]]:
    """Read a table that says after how long who is called: its other cells are what is done then."""
    heads, rows = rows_of(block)
    since = next((index for index, head in enumerate(heads) if says("since", head)), -1)
    found: list[dict[str, Any]] = []
    for cells in rows if since >= 0 else ():
        begins = beginning(taking.said(cells[since].text)) if since < len(cells) else None
        told = ", ".join(filter(None, (taking.said(cell.text) for cell in cells[:since] + cells[since + 1 :])))
        if begins is not None and told:
            line = cells[0].line + 1
            taking.lines.update((block.line, line - 1))
            level = {"on": Value("failed", line), "level": Value(levels + len(found) + 1, line)}
            found.append(level | {"after": Value(written(begins), line), "actions": [Value(told, line)]})
    return found


def _level(taking: Taking, section: Section) -> list[dict[str, Any]]:
    """Read "Level 2: Retry failed (5-15 minutes)" with a list of what is done then."""
    found = _LEVEL.match(section.title)
    if found is None or not items_of(section.blocks):
        return []
    taking.lines.add(section.line)
    line = section.line + 1
    title = read_title(taking.said(found["name"] or section.title))
    inside = read_title(taking.said(section.title)).inside
    taking.note_windows(inside)
    level = {"on": Value("failed", line), "level": Value(int(found["level"]), line), "name": Value(title.name, line)}
    begins = beginning(inside)
    after = written(begins) if begins is not None else ""
    if after:
        level["after"] = Value(after, line)
    else:
        taking.gap("escalation", f"After how long does level {found['level']} begin?", line)
    return [level | {"actions": texts_of(taking, section.blocks)}]
