"""Who is called, and what is told to whom: contacts and message templates."""

from __future__ import annotations

from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.labelled import labels_in
from rollback_gov.plans.runbook.scripts import is_text
from rollback_gov.plans.runbook.taking import Taking, Value, rows_of
from rollback_gov.plans.runbook.words import says

_PARTS = ("completed", "failed", "progress", "started")
"""What a message is for, in the order in which it is tried; each is a list of words."""


def read_people(taking: Taking, root: Section) -> None:
    """Read contacts, and unlabelled blocks that are messages."""
    contacts: list[dict[str, Any]] = []
    messages: dict[str, Value] = {}
    for section in root.walk():
        if section.kind == "contacts":
            taking.lines.add(section.line)
            contacts += _contacts(taking, section)
        for block in section.blocks:
            if is_text(block) and section.kind in ("messages", "procedure"):
                _message(taking, section, block, messages)
    if contacts:
        taking.plan["contacts"] = contacts
    if messages:
        taking.plan["communication"] = {"messages": messages}


def _contacts(taking: Taking, section: Section) -> list[dict[str, Any]]:
    tables = [block for block in section.blocks if block.kind == "table"]
    if tables:
        return [contact for block in tables for contact in _rows(taking, block)]
    found = []
    for label in labels_in(taking, section.blocks):
        taking.lines.add(label.line)
        taking.note_windows(label.value)
        found.append({"role": Value(label.label, label.line + 1), "reach": Value(label.value, label.line + 1)})
    return found


def _rows(taking: Taking, block: Block) -> list[dict[str, Any]]:
    taking.lines.update(range(block.line, block.end))
    found = []
    heads, rows = rows_of(block)
    cases = [says("case", head) for head in heads]
    for cells in rows:
        said = [Value(taking.said(cell.text), cell.line + 1) for cell in cells]
        if len(said) > 1 and said[0].value and said[1].value:
            case = next((value for value, is_case in zip(said[2:], cases[2:], strict=False) if is_case), None)
            ways = [each for each in said[1:] if each.value and each is not case]
            reach = Value(", ".join(each.value for each in ways), said[1].line)
            found.append({"role": said[0], "reach": reach, **({"when": case} if case and case.value else {})})
    return found


def _message(taking: Taking, section: Section, block: Block, messages: dict[str, Value]) -> None:
    """Keep a template under what it is for. A text of which that cannot be told gets a gap."""
    taking.take(block)
    taking.note_windows(section.title)
    if section.kind == "messages":
        taking.lines.add(section.line)
        taking.counts["messages"] += 1
    part = _part(section.title) or _part(block.text[:200])
    text = Value(block.text.rstrip("\n"), block.line + 2)
    if part and part not in messages:
        messages[part] = text
    else:
        taking.gap(
            "communication.messages", f"When is the message of '{taking.said(section.title)}' sent?", block.line + 1
        )


def _part(text: str) -> str:
    return next((name for name in _PARTS if says(name, text)), "")
