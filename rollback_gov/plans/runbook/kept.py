"""What is kept before or at the moment of the rollback."""

from __future__ import annotations

import re
from typing import Any

from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.scripts import is_script
from rollback_gov.plans.runbook.taking import Ids, Taking, Value, texts_of, unique
from rollback_gov.plans.runbook.titles import read_title

_REDIRECTED = re.compile(r">\s*\"?(?:\$\{?\w+\}?/)?(?P<file>[A-Za-z0-9][\w.-]{0,80})")


def read_kept(taking: Taking, root: Section) -> None:
    """Read the scripts that keep something, and what else is to be kept as a check list before the rollback."""
    used: Ids = {}
    items: list[dict[str, Any]] = []
    for section in root.walk():
        if section.kind != "capture":
            continue
        taking.lines.add(section.line)
        for block in section.blocks:
            if is_script(block):
                taking.lines.update(range(block.line, block.end))
                name = read_title(taking.said(section.title)).name
                identity = unique(name, f"state-{len(used) + 1}", used)
                item = {"id": Value(identity, section.line + 1), "name": Value(name, section.line + 1)}
                item["run"] = Value(block.text, block.line + (2 if block.kind == "fence" else 1))
                item["save"] = Value(f"{identity}.txt", 0)
                items.append(item)
                _ask(taking, identity, block.text, block.line + 1)
        _state(taking, section)
    if items:
        taking.plan["capture"] = {"items": items}


def _ask(taking: Taking, identity: str, text: str, line: int) -> None:
    files = ", ".join(list(dict.fromkeys(found["file"] for found in _REDIRECTED.finditer(text)))[:4])
    written = f" It writes {files}." if files else ""
    taking.gap(
        f"capture.items.{identity}.save",
        f"What does the script keep in $SAVE, and is it kept before the change (baseline)?{written}",
        line,
    )


def _state(taking: Taking, section: Section) -> None:
    values = texts_of(taking, section.blocks)
    if values:
        taking.counts["critical_state"] += len(values)
        before = taking.plan.setdefault("checklists", {}).setdefault("before", [])
        before += [value for value in values if value.value not in {one.value for one in before}]
