"""The point of no return, and the way forward behind it."""

from __future__ import annotations

from typing import Any

from rollback_gov.plans.runbook.document import Section
from rollback_gov.plans.runbook.labelled import labels_in
from rollback_gov.plans.runbook.steps import steps_of
from rollback_gov.plans.runbook.taking import Taking, Value
from rollback_gov.plans.runbook.titles import read_title


def read_no_return(taking: Taking, root: Section) -> None:
    """Read it from its section, or from a label anywhere. Where nothing speaks of it, that is a gap."""
    point: dict[str, Any] = {}
    phases: list[dict[str, Any]] = []
    for section in root.walk():
        for label in labels_in(taking, section.blocks) if section.kind != "ignored" else ():
            if label.kind == "no_return":
                point["description"] = Value(label.value, label.line + 1)
        if section.kind in ("no_return", "forward_fix"):
            taking.lines.add(section.line)
            _describe(taking, section, point)
            phases += _forward(taking, section, len(phases))
    if not point and not phases:
        taking.gap(
            "point_of_no_return", "Is there a point after which going back is impossible? If not, write `none` and why."
        )
        return
    if "description" not in point:
        point["description"] = Value("TODO", 0)
        taking.gap("point_of_no_return.description", "After what is going back impossible?", phases[0]["id"].line)
    taking.gap(
        "point_of_no_return.passed_when",
        "How does one see that the point of no return was passed?",
        point["description"].line,
    )
    taking.plan["point_of_no_return"] = point | ({"forward_fix": phases} if phases else {})


def _describe(taking: Taking, section: Section, point: dict[str, Any]) -> None:
    for block in section.blocks:
        if block.kind == "paragraph" and section.kind == "no_return":
            told = taking.paragraph(block)
            if told.value and not told.value.endswith(":"):
                point.setdefault("description", told)


def _forward(taking: Taking, section: Section, index: int) -> list[dict[str, Any]]:
    """Give what the section says to do as a phase of the forward fix; rules about it are none."""
    if section.kind == "no_return" and section.level <= 6:
        for item in (block for block in section.blocks if block.kind == "list"):
            taking.take(item)
        return []
    steps = steps_of(taking, section.alone, {})
    if not steps:
        return []
    line = section.line + 1
    name = read_title(taking.said(section.title)).name
    return [{"id": Value(f"forward-fix-{index + 1}", line), "name": Value(name, line), "steps": steps}]
