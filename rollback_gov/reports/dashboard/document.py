"""The history for programs: the same facts as the page, as JSON (``schemas/history-v1.schema.json``)."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from rollback_gov.reports.dashboard.answer import answer
from rollback_gov.reports.dashboard.history import History
from rollback_gov.reports.dashboard.services import Service
from rollback_gov.reports.fact import NotMeasured
from rollback_gov.reports.metrics.document import figures_document
from rollback_gov.reports.metrics.dora import Figures

VERSION = 1


_ONCE = {Service: ("clocks", "missed"), History: ("missing",)}
"""What stands elsewhere in the document already: each rollback is told once, under ``clocks``."""


def text(view: History) -> str:
    """Give the history as JSON. Spans are seconds, times are UTC; what is not measured is null.

    ``missing`` names the services that missed their SLA; ``clocks`` has every rollback, with its services.
    """
    facts = _plain(view) | {"missing": [row.name for row in view.missing]}
    return json.dumps({"version": VERSION, "answer": _plain(answer(view)), **facts}, indent=2, ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, NotMeasured):
        return None
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Figures):
        return figures_document(value)
    if is_dataclass(value):
        told = _ONCE.get(type(value), ())
        return {item.name: _plain(getattr(value, item.name)) for item in fields(value) if item.name not in told}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value
