"""Why a rollback was begun, as a document of its own: it lies there before the first step."""

from __future__ import annotations

from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.escape import cell, code
from rollback_gov.reports.fact import wording

_SECTIONS = {
    "Trigger": {
        "trigger": "Alert",
        "metric": "Metric",
        "value": "Value",
        "threshold": "Threshold",
        "duration": "Exceeded for",
        "first_breach": "First breach",
    },
    "Impact": {"impact": "Who notices"},
    "Decision": {
        "decided_by": "Decided by",
        "quick_fix": "Quick fix tried",
        "authorised_by": "Authorised by",
        "gates": "Gates before it",
    },
}

_WHERE_SAID = ("gates",)
"""Only a watch asks these: without one there is nothing that could have been measured."""


def reason_document(reason: RollbackReason) -> str:
    """Write ``rollback_reason.md``. What nobody said is NOT MEASURED."""
    lines = ["# Why this rollback", "", str(cell(wording(reason.text)))]
    for title, names in _SECTIONS.items():
        lines += ["", f"## {title}", ""]
        said = {name: label for name, label in names.items() if name not in _WHERE_SAID or getattr(reason, name)}
        lines += [f"- {label}: {_shown(name, getattr(reason, name))}" for name, label in said.items()]
    return "\n".join(lines) + "\n"


def _shown(name: str, text: str) -> str:
    """A metric is code; it is full of characters that mean something elsewhere."""
    return code(text) if name == "metric" and text else cell(wording(text))
