"""What follows the rollback: actions, recovery, windows in which somebody watches; and how it is rehearsed."""

from __future__ import annotations

import re
from typing import Any

from rollback_gov.plans.runbook.about import OPERATION
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.labelled import labels_in
from rollback_gov.plans.runbook.quoted import mapping_in
from rollback_gov.plans.runbook.scripts import is_script
from rollback_gov.plans.runbook.steps import steps_of
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, entry_text, items_of, texts_of, unique
from rollback_gov.plans.runbook.times import duration_in, stretch, written
from rollback_gov.plans.runbook.titles import read_title

_ROUNDS = re.compile(r"\{1\.\.[0-9]{1,4}\}")
_SLEEP = re.compile(r"sleep\s{1,9}(?P<seconds>[0-9]{1,6})")


def read_afterwards(taking: Taking, root: Section) -> None:
    """Read it, section by section."""
    used: Ids = {}
    recovery: list[dict[str, Any]] = []
    windows: list[dict[str, Any]] = []
    for section in root.walk():
        if section.kind in ("after", "recovery"):
            recovery += _phase(taking, section, used)
        elif section.kind == "watch":
            windows += _window(taking, section)
        elif section.kind == "testing":
            _testing(taking, section)
        elif section.kind == "configuration":
            _configuration(taking, section)
    for key, value in (("recovery", recovery), ("watch_after", windows)):
        if value:
            taking.plan[key] = value


def _phase(taking: Taking, section: Section, used: Ids) -> list[dict[str, Any]]:
    steps = steps_of(taking, section.alone, {})
    if not steps:
        return []
    taking.lines.add(section.line)
    taking.counts[f"{section.kind}_steps"] += len(steps)
    title, line = read_title(taking.said(section.title)), section.line + 1
    taking.note_windows(title.inside)
    phase = {"id": Value(unique(title.name, f"recovery-{len(used) + 1}", used), line), "name": Value(title.name, line)}
    return [phase | {"steps": steps}]


def _window(taking: Taking, section: Section) -> list[dict[str, Any]]:
    """Give a window: "(0-15 minutes)", "(1-24 hours)", "(30 minutes)". How often somebody looks is a gap."""
    title, line = read_title(taking.said(section.title)), section.line + 1
    both = stretch(title.inside)
    length = written(both[1] - both[0]) if both and both[1] > both[0] else title.budget
    if not length:
        return []
    taking.lines.add(section.line)
    taking.note_windows(title.inside)
    name = unique(title.name, "watch", {})
    window: dict[str, Any] = {"name": Value(name, line), "for": Value(length, line)}
    for block in section.whole:
        if block.kind == "list":
            taking.take(block)
        elif is_script(block) and (seconds := _rhythm(block.text[:5_000])):
            window["every"] = Value(written(seconds * 1000), block.line + 1)
            taking.lines.update(range(block.line, block.end))
    if "every" not in window:
        taking.gap(
            f"watch_after.{name}.every",
            f"How often does somebody look during '{title.name}', and at which checks?",
            line,
        )
    else:
        taking.gap(f"watch_after.{name}.checks", f"Which checks are watched during '{title.name}'?", line)
    return [window]


def _rhythm(script: str) -> int:
    """Give the seconds between two looks of a script that counts its rounds, or 0."""
    rounds = _ROUNDS.search(script)
    found = _SLEEP.search(script, rounds.end()) if rounds else None
    return int(found["seconds"]) if found else 0


def _testing(taking: Taking, section: Section) -> None:
    """Count what is rehearsed: scripts and entries say how, and where they belong a person decides."""
    taking.lines.add(section.line)
    for item in items_of(section.blocks):
        if not _ticked(section):
            taking.lines.update(range(item.line, item.end))
            taking.rehearsals.append(taking.said(entry_text(item)))
    if _ticked(section):
        values = texts_of(taking, section.blocks)
        taking.checklists.append((section.title, "tests", len(values)))
        lists = taking.plan.setdefault("checklists", {}).setdefault("before", [])
        lists += [value for value in values if value.value not in {one.value for one in lists}]
        return
    scripts = [block for block in section.whole if is_script(block)]
    own = [block for block in section.blocks if is_script(block)]
    taking.counts["tests"] += len(own)
    rehearsal = taking.plan.setdefault("rehearsal", {})
    for label in labels_in(taking, section.blocks):
        if label.kind == "participants":
            rehearsal["participants"] = [Value(part.strip(), label.line + 1) for part in label.value.split(",")]
        elif (span := duration_in(label.value.partition(" before")[0])) and " before" in label.value:
            rehearsal["lead_time"] = Value(span, label.line + 1)
            taking.note_windows(label.value)
    if own or (scripts and items_of(section.blocks)):
        taking.gap(
            "rehearsal",
            "Which of these commands deploy the change, make it fail and clean up in a rehearsal?",
            section.line + 1,
        )
    if not rehearsal:
        taking.plan.pop("rehearsal")


def _ticked(section: Section) -> bool:
    texts = [item.children[0].text for item in items_of(section.blocks) if item.children]
    return bool(texts) and all(text[:3] in ("[ ]", "[x]", "[X]") for text in texts)


def _configuration(taking: Taking, section: Section) -> None:
    """Count triggers that a block of JSON says again, for a program: which of both is right a person decides."""
    for block in section.blocks:
        settings = mapping_in(block).get("auto_rollback")
        triggers = settings.get("triggers") if isinstance(settings, dict) else None
        if isinstance(triggers, list) and triggers:
            taking.lines.update(range(block.line, block.end))
            taking.counts["json_triggers"] += len(triggers)
            taking.gap(
                "triggers",
                f"A block of JSON says {len(triggers)} triggers for a program: do the triggers here agree with it?",
                block.line + 1,
            )
            _operation(taking, settings, block.line + 1)


def _operation(taking: Taking, settings: Any, line: int) -> None:
    told = settings.get("operation_id")
    if isinstance(told, str) and OPERATION.fullmatch(told):
        taking.plan.setdefault("metadata", {}).setdefault("operation", Value(told, line))
