"""Partial rollbacks and kinds of rollback: each a scenario, with a gap where nothing says which phases it has."""

from __future__ import annotations

import re
from typing import Any

from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.labelled import labels_in
from rollback_gov.plans.runbook.steps import steps_of
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, unique
from rollback_gov.plans.runbook.times import duration_in
from rollback_gov.plans.runbook.titles import read_title

_PHASES = re.compile(r"[Pp]hases?\s+(?P<list>[0-9]{1,3}(?:\s*[-–,]\s*[0-9]{1,3}){0,20})")


_MOST = 2_000
"""Phases that all scenarios name together: a reader follows no more."""


def read_scenarios(taking: Taking, root: Section) -> None:
    """Read the sections inside of those that hold scenarios."""
    used: Ids = {}
    found: list[dict[str, Any]] = []
    room = _MOST
    for outer in root.walk():
        for section in outer.sections if outer.kind == "scenarios" else ():
            if section.level <= 6 or read_title(section.title).choice:
                read = _scenario(taking, section, used, room)
                room -= sum(len(one["phases"]) for one in read)
                found += read
                taking.lines.add(outer.line)
    if found:
        taking.plan["scenarios"] = found


def _scenario(taking: Taking, section: Section, used: Ids, room: int) -> list[dict[str, Any]]:
    if section.sections and all(inner.level <= 6 for inner in section.sections):
        return []
    title, line = read_title(taking.said(section.title)), section.line + 1
    scenario: dict[str, Any] = {"id": Value(unique(title.name, f"scenario-{len(used) + 1}", used), line)}
    scenario["name"] = taking.text(title.name, section.line)
    if title.budget:
        scenario["sla"] = Value(title.budget, line)
    numbers: list[int] = []
    for label in labels_in(taking, section.whole):
        if label.kind in ("use_when", "pros", "cons"):
            scenario.setdefault(label.kind, Value(label.value, label.line + 1))
        elif label.kind in ("budget", "sla") and (span := duration_in(label.value)):
            scenario.setdefault("sla", Value(span, label.line + 1))
        elif label.kind == "phases" and (listed := _PHASES.search(label.value)):
            numbers = _numbers(listed["list"])
            numbers = numbers if len(numbers) <= room else []
    scenario["phases"] = _named(taking, numbers, line)
    steps = steps_of(taking, section, {})
    if not scenario["phases"]:
        scenario["phases"] = [Value("todo", line)]
        own = " It has steps of its own: make them a phase." if steps else ""
        taking.gap(f"scenarios.{scenario['id'].value}.phases", f"Which phases does '{title.name}' run?{own}", line)
    return [scenario]


def _numbers(listed: str) -> list[int]:
    found: list[int] = []
    for part in listed.split(","):
        ends = [int(number) for number in re.findall(r"[0-9]+", part)]
        if ends:
            found += range(ends[0], min(ends[-1], ends[0] + 50) + 1)
    return list(dict.fromkeys(found))


def _named(taking: Taking, numbers: list[int], line: int) -> list[Value]:
    phases = taking.plan.get("phases", [])
    return [Value(phases[number - 1]["id"].value, line) for number in numbers if 0 < number <= len(phases)]
