"""What a runbook says about itself and the change: title, owner, operation, level, times, services."""

from __future__ import annotations

import re

from rollback_gov.plans.runbook.document import Document, Section
from rollback_gov.plans.runbook.labelled import Label, labels_in
from rollback_gov.plans.runbook.taking import Taking, Value, texts_of
from rollback_gov.plans.runbook.times import duration_in
from rollback_gov.plans.runbook.words import label_kind

OPERATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_RISK = re.compile(r"(?i)\b(low|medium|high|critical)\b")
_ELSEWHERE = frozenset(
    {
        "ignored",
        "procedure",
        "scenarios",
        "troubleshooting",
        "escalation",
        "testing",
        "contacts",
        "messages",
        "configuration",
    }
)
_NEEDED = (
    ("operation", "Which operation does this roll back?"),
    ("owner", "Who answers for this plan?"),
    ("level", "Which certification level (1 to 4) is it?"),
)


def read_about(taking: Taking, document: Document) -> None:
    """Read labels wherever no part of the procedure claims them. What a plan needs and nobody says becomes a gap."""
    metadata = taking.plan["metadata"] = {}
    if document.title:
        metadata["title"] = taking.text(document.title, document.title_line)
    else:
        taking.gap("metadata.title", "What is this plan called?")
    for section in document.root.walk():
        if section.kind not in _ELSEWHERE:
            for label in labels_in(taking, section.blocks):
                _use(taking, label)
        elif section.kind == "ignored":
            _total(taking, section)
        if section.kind == "estimate":
            taking.lines.add(section.line)
    _change(taking, document.root)
    for key, question in _NEEDED:
        if key not in metadata:
            taking.gap(f"metadata.{key}", question)
    if "sla" not in taking.plan:
        span, line = _estimate(taking, document.root)
        told = f" The runbook says that it takes {span}." if span else ""
        taking.gap("sla", f"How long may the whole rollback take?{told}", line)


def _estimate(taking: Taking, root: Section) -> tuple[str, int]:
    """Give what the head of the runbook says about its length, and the line: that is no promise, and so no SLA."""
    for section in [root, *root.sections[:1]]:
        for label in labels_in(taking, section.blocks):
            if label.kind == "budget" and (span := duration_in(label.value)):
                return span, label.line + 1
    return "", 0


def _use(taking: Taking, label: Label) -> None:
    metadata, line = taking.plan["metadata"], label.line + 1
    if label.kind == "owner":
        metadata.setdefault("owner", Value(label.value, line))
    elif label.kind == "operation" and OPERATION.fullmatch(label.value):
        metadata.setdefault("operation", Value(label.value, line))
    elif label.kind == "level" and label.value[:1] in tuple("1234"):
        metadata.setdefault("level", Value(int(label.value[0]), line))
    elif label.kind == "risk" and (found := _RISK.search(label.value)):
        metadata.setdefault("risk", Value(found[1].lower(), line))
    elif label.kind == "sla":
        _sla(taking, label)
    elif label.kind == "service":
        taking.plan.setdefault("change", {}).setdefault("services", [Value(label.value, line)])


def _sla(taking: Taking, label: Label) -> None:
    """Take the SLA; a total time only where nobody says an SLA."""
    span = duration_in(label.value)
    if span and ("sla" not in taking.plan or label.label.lower() == "sla"):
        taking.plan["sla"] = Value(span, label.line + 1)


def _total(taking: Taking, section: Section) -> None:
    """Read the total time where else nobody says it, and the deadlines in titles."""
    taking.note_windows(section.title)
    for block in section.blocks if "sla" not in taking.plan else ():
        for label in labels_in(taking, [block]):
            if label.kind == "sla" and label.label.lower() != "sla" and (span := duration_in(label.value)):
                taking.plan.setdefault("sla", Value(span, label.line + 1))


def _change(taking: Taking, root: Section) -> None:
    for section in root.walk():
        if section.kind != "summary":
            continue
        taking.lines.add(section.line)
        change = taking.plan.setdefault("change", {})
        if label_kind(section.title) == "affected":
            change["services"] = [
                Value(value.value.split(" (")[0], value.line) for value in texts_of(taking, section.blocks)
            ]
        elif "summary" not in change and (told := _told(taking, section)):
            change["summary"] = told
    change = taking.plan.get("change")
    if not change:
        taking.plan.pop("change", None)
        taking.gap(
            "change", "Which services change, and which versions does a rollback return to (services, from, to)?"
        )
    elif "services" in change:
        taking.gap("change", "Which versions does a rollback return to (from, to)?", change["services"][0].line)


def _told(taking: Taking, section: Section) -> Value | None:
    for block in section.blocks:
        if block.kind == "paragraph":
            value = taking.paragraph(block)
            return Value(re.sub(r"^What we're changing:\s*", "", value.value), value.line) if value.value else None
    return None
