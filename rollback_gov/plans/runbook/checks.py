"""What tells that the rollback worked, and what people tick: verification, success criteria, check lists."""

from __future__ import annotations

from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.scripts import is_script, pieces
from rollback_gov.plans.runbook.step_table import steps_of_table
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, entry_text, items_of, texts_of, unique
from rollback_gov.plans.runbook.titles import read_title
from rollback_gov.plans.runbook.words import folded, says


def read_checks(taking: Taking, root: Section) -> None:
    """Read verification, success criteria, prerequisites and check lists."""
    checks: list[dict[str, Any]] = []
    manual: list[Value] = []
    used: Ids = {}
    for section in root.walk():
        if section.kind == "verification":
            manual += _verification(taking, section, checks, used)
        elif section.kind == "success":
            taking.lines.add(section.line)
            criteria = texts_of(taking, section.blocks)
            taking.counts["success_criteria"] += len(criteria)
            manual += criteria
        elif section.kind in ("checklist", "prerequisites"):
            _checklist(taking, section)
    verification = {key: value for key, value in (("checks", checks), ("manual", _once(manual))) if value}
    if verification:
        taking.plan["verification"] = verification
    if not checks:
        taking.gap("verification.checks", "What tells a machine that the rollback worked?")


def _once(values: list[Value]) -> list[Value]:
    return list({value.value: value for value in reversed(values)}.values())[::-1]


def _verification(taking: Taking, section: Section, checks: list[dict[str, Any]], used: Ids) -> list[Value]:
    taking.lines.add(section.line)
    told: list[Value] = []
    for block in section.blocks:
        if is_script(block):
            taking.lines.update(range(block.line, block.end))
            taking.counts["verification_scripts"] += 1
            _scripts(taking, section, block, checks, used)
        elif block.kind == "table":
            steps = steps_of_table(taking, block, used)
            checks += [_check(step) for step in steps if "run" in step]
            told += [_said_with(step, "manual") for step in steps if "manual" in step]
    found = told + texts_of(taking, [block for block in section.blocks if block.kind == "list"])
    taking.counts["verification_manual"] += len(found)
    return found


def _check(step: dict[str, Any]) -> dict[str, Any]:
    """Give a row of a table as a check, which has no notes: a sentence about what comes out belongs to its name."""
    return {key: value for key, value in step.items() if key != "notes"} | {"name": _said_with(step, "name")}


def _said_with(step: dict[str, Any], key: str) -> Value:
    said: Value = step[key]
    return Value(f"{said.value}. {step['notes'].value}", said.line) if "notes" in step else said


def _scripts(taking: Taking, section: Section, block: Block, checks: list[dict[str, Any]], used: Ids) -> None:
    """A script is one check, its numbered parts are counted: taking it apart could tear a here document."""
    parts = pieces(block)
    taking.counts["verification_checks"] += len(parts)
    name = read_title(taking.said(section.title)).name
    line = block.line + (2 if block.kind == "fence" else 1)
    check = {
        "id": Value(unique(name, f"check-{len(used) + 1}", used), section.line + 1),
        "name": Value(name, section.line + 1),
    }
    checks.append(check | {"run": Value(block.text if "\n" in block.text[:-1] else block.text.strip(), line)})


def _checklist(taking: Taking, section: Section) -> None:
    """Take a list that is ticked. A list whose time nobody says is put before, with a gap that asks."""
    items = [item for item in items_of(section.blocks) if section.kind == "checklist" or entry_text(item)]
    if not items:
        return
    taking.lines.add(section.line)
    values = texts_of(taking, section.blocks)
    title = read_title(taking.said(section.title))
    taking.note_windows(title.inside)
    when = _when(section)
    taking.checklists.append((section.title, when or "", len(values)))
    if not when:
        taking.gap(
            "checklists.before",
            f"Which of '{title.name}' belongs before, during or after the rollback?",
            section.line + 1,
        )
    lists = taking.plan.setdefault("checklists", {})
    lists[when or "before"] = _once([*lists.get(when or "before", []), *values])


def _when(section: Section) -> str:
    title = folded(section.title)
    if section.kind == "prerequisites":
        return "before"
    if says("during", title):
        return "during"
    if "t+" in title or says("done_after", title) or "validation" in title:
        return "after"
    if says("before", title) or "decision" in title or "entscheid" in title:
        return "before"
    return ""
