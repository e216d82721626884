"""Tables whose rows are steps: a column of commands, of actions, or both."""

from __future__ import annotations

import re
from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.inline import code_only
from rollback_gov.plans.runbook.commands import command_in
from rollback_gov.plans.runbook.expecting import EXPECTED, expect
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, rows_of, unique
from rollback_gov.plans.runbook.words import says

Step = dict[str, Any]
_CODE = re.compile(r"`([^`\n]{1,500})`")
_BREAK = re.compile(r"<br\s?/?>", re.I)
_COLUMNS = {"command": "command", "expected": "expected", "action": "task"}
"""What a column says, and the list of words that its head has."""


def steps_of_table(taking: Taking, block: Block, used: Ids) -> list[Step]:
    """A row a step, where the table has a column of commands, steps or actions."""
    heads, rows = rows_of(block)
    kinds = [_column(head) for head in heads]
    if "command" not in kinds and "action" not in kinds:
        return []
    taking.lines.update(range(block.line, block.end))
    found = []
    for row in rows:
        cells = {kind: cell for kind, cell in zip(kinds, row, strict=False) if kind}
        told = cells.get("action") or cells.get("command")
        if told is None or not told.text.strip():
            continue
        name, command = taking.said(told.text), cells.get("command")
        code = _code(command.text) if command else command_in(told.text)
        step: Step = {"id": Value(unique(name, f"step-{len(used) + 1}", used), told.line + 1)}
        body = {"name": Value(name, told.line + 1), "run": Value(code, told.line + 1)} if code else {}
        expected = taking.said(cells["expected"].text) if "expected" in cells else ""
        shown = taking.said(command.text) if command and command is not told and not code else ""
        step |= body or {"manual": Value("\n".join(filter(None, (name, shown))), told.line + 1)}
        beside = _beside(taking, heads, kinds, row)
        if expected and body:
            expect(step, expected, told.line + 1)
        elif expected:
            step["notes"] = Value(f"{EXPECTED}{expected}", told.line + 1)
        if beside:
            own = [step["notes"].value] if "notes" in step else []
            step["notes"] = Value("\n".join([*own, beside]), told.line + 1)
        found.append(step)
    return found


def has_commands(block: Block) -> bool:
    """Tell a table that has a column of commands."""
    heads, _ = rows_of(block) if block.kind == "table" else ([], [])
    return any(_column(head) == "command" for head in heads)


def _code(text: str) -> str:
    """Give what a cell of commands says to run: nothing but code, or several of them on lines of their own."""
    whole = code_only(text.strip())
    if whole is not None:
        return whole
    codes = _CODE.findall(text)
    return "\n".join([*codes, ""]) if len(codes) > 1 and not _CODE.sub("", _BREAK.sub("", text)).strip(" ,;") else ""


def _beside(taking: Taking, heads: list[str], kinds: list[str], row: list[Block]) -> str:
    """Give what other columns say of a step: who does it, how long it takes; its number says nothing."""
    told = [
        f"{taking.said(head)}: {said}"
        for head, kind, cell in zip(heads, kinds, row, strict=False)
        if not kind
        and head.strip(" #")
        and (said := taking.said(cell.text))
        and not said.strip(".-–— ").isdigit()
        and said.strip("-–— ")
    ]
    return ". ".join(told)


def _column(head: str) -> str:
    return next((kind for kind, words in _COLUMNS.items() if says(words, head)), "")
