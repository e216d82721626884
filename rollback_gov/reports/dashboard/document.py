"""The history for programs: the same facts as the page, as JSON."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from rollback_gov.reports.dashboard.answer import answer
from rollback_gov.reports.dashboard.history import History
from rollback_gov.reports.fact import NotMeasured

VERSION = 1


def text(view: History) -> str:
    """Give the history as JSON. Spans are seconds, times are UTC; what is not measured is null."""
    return json.dumps(
        {"version": VERSION, "answer": _plain(answer(view)), **_plain(view)}, indent=2, ensure_ascii=False
    )


def _plain(value: Any) -> Any:
    if isinstance(value, NotMeasured):
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if is_dataclass(value):
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
