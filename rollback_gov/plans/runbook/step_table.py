"""Tables whose rows are steps: a column of commands, of actions, or both."""

from __future__ import annotations

from typing import Any

from rollback_gov.plans.markdown.blocks import Block
from rollback_gov.plans.markdown.inline import code_only
from rollback_gov.plans.runbook.commands import command_in
from rollback_gov.plans.runbook.expecting import EXPECTED, expect
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, rows_of, unique
from rollback_gov.plans.runbook.words import says

Step = dict[str, Any]
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
        code = (code_only(command.text.strip()) or "") if command else command_in(told.text)
        step: Step = {"id": Value(unique(name, f"step-{len(used) + 1}", used), told.line + 1)}
        body = {"name": Value(name, told.line + 1), "run": Value(code, told.line + 1)} if code else {}
        expected = taking.said(cells["expected"].text) if "expected" in cells else ""
        step |= body or {"manual": Value(name, told.line + 1)}
        if expected and body:
            expect(step, expected, told.line + 1)
        elif expected:
            step["notes"] = Value(f"{EXPECTED}{expected}", told.line + 1)
        found.append(step)
    return found


def _column(head: str) -> str:
    return next((kind for kind, words in _COLUMNS.items() if says(words, head)), "")
