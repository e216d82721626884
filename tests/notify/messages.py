"""One message, as a run sends it."""

from __future__ import annotations

from typing import Any

from rollback_gov.notify.interface import Message

RUN = "op-7-20260131-120000-execute"


def message(**changes: Any) -> Message:
    usual: dict[str, Any] = {
        "event": "started",
        "severity": "error",
        "title": "ROLLBACK STARTED",
        "text": "Rollback of op-7 in production started: error rate 2.5 %",
        "run": RUN,
        "facts": {"operation": "op-7", "reason": "error rate 2.5 % above 1 % for two whole minutes"},
    }
    return Message(**{**usual, **changes})
