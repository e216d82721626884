"""Why a rollback was begun, as a document of its own: it lies there before the first step."""

from __future__ import annotations

from rollback_gov.model.reason import RollbackReason
from rollback_gov.reports.fact import entered
from rollback_gov.reports.markdown import plain

_ROWS = (
    ("Trigger", (("Alert", "trigger"), ("Metric", "metric"), ("Value", "value"), ("Threshold", "threshold"))),
    ("", (("Duration", "duration"), ("First breach", "first_breach"))),
    ("Impact", (("Who notices", "impact"),)),
    ("Decision", (("Decided by", "decided_by"), ("Quick fix tried", "quick_fix"), ("Authorised by", "authorised_by"))),
)


def reason_document(reason: RollbackReason) -> str:
    """Write ``rollback_reason.md``. What nobody said is NOT MEASURED."""
    lines = ["# Why this rollback", "", plain(reason.text)]
    for title, rows in _ROWS:
        lines += ["", f"## {title}", ""] if title else []
        lines += [f"- {label}: {plain(entered(getattr(reason, name), 'said'))}" for label, name in rows]
    return "\n".join(lines) + "\n"
