"""Tables that say what to do at which threshold, and the bands of the decision that follow from them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from rollback_gov.plans.runbook.conditions import is_measured
from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.taking import Taking, Value, rows_of
from rollback_gov.plans.runbook.times import duration_in
from rollback_gov.plans.runbook.words import folded, says

_COLUMNS = ("lasting", "action", "threshold", "signal")
"""The lists of words for them, in the order in which they are tried."""


class Row(NamedTuple):
    """One line of such a table, its line in the runbook from 1."""

    signal: str
    threshold: str
    action: str
    line: int
    lasting: str = ""
    """How long it has to last, as plans write it; empty where the table does not say it."""


def rows_in(taking: Taking, section: Section) -> list[Row]:
    """Give the rows of the tables right below a title that have a signal and a threshold, mostly an action too."""
    found = []
    for block in section.blocks:
        if block.kind != "table":
            continue
        heads, rows = rows_of(block)
        columns = [_column(head) for head in heads]
        if not {"signal", "threshold"} <= set(columns):
            continue
        taking.lines.update(range(block.line, block.end))
        for cells in rows:
            said = {name: taking.said(cell.text) for name, cell in zip(columns, cells, strict=False)}
            if said.get("signal") and said.get("threshold"):
                lasting = duration_in(said.get("lasting", ""))
                found.append(Row(said["signal"], said["threshold"], said.get("action", ""), cells[0].line + 1, lasting))
                taking.note_windows(said["threshold"] if not is_measured(said["threshold"]) else "")
    return found


def _column(head: str) -> str:
    return next((name for name in _COLUMNS if says(name, head)), "")


def bands(taking: Taking, rows: Sequence[Row], triggers: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give the decision's bands for rows that a trigger stands for; for the others a gap."""
    by_name = {_core(trigger["name"].value): trigger["id"].value for trigger in triggers if "name" in trigger}
    together: list[str] = []
    found: list[dict[str, Any]] = []
    without: list[Row] = []
    for row in rows:
        if not row.action:
            continue  # nothing decides otherwise: a trigger rolls back
        name = by_name.get(_core(f"{row.signal}: {row.threshold}"))
        action = action_of(row.action)
        if name is None or action == "monitor":
            without.append(row)
        elif action == "rollback":
            together.append(name)
        else:
            found.append(_band(row, name, action))
    if together:
        line = next(row.line for row in rows if action_of(row.action) == "rollback")
        found.append(
            {"action": Value("rollback", line), "any": [Value(name, line) for name in dict.fromkeys(together)]}
        )
    if without:
        told = "; ".join(f"{row.signal} {row.threshold}: {row.action}" for row in without[:4])
        more = f" and {len(without) - 4} more" if len(without) > 4 else ""
        taking.gap("decision", f"Which triggers stand for these rows of the matrix? {told}{more}", without[0].line)
    return found


def _band(row: Row, name: str, action: str) -> dict[str, Any]:
    band: dict[str, Any] = {
        "action": Value(action, row.line),
        "any": [Value(name, row.line)],
        "note": Value(row.action, row.line),
    }
    span = duration_in(row.action) if action == "investigate" else ""
    if span:
        band["within"] = Value(span, row.line)
        if "then rollback" in row.action.lower():
            band["then"] = Value("rollback", row.line)
    return band


def action_of(text: str) -> str:
    """Give the action of the decision that a cell names: the most careful one of those it has words for."""
    if says("investigate", text):
        return "investigate"
    if says("prepare", text):
        return "prepare"
    if says("rollback", text):
        return "rollback"
    return "monitor" if says("monitor", text) else "investigate"


def _core(text: str) -> str:
    return re.sub(r"[^a-z0-9<>%=.一-鿿ぁ-ヿ]+", "", folded(text))
