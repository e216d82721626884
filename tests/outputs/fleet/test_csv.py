"""What spreadsheets read of a scan."""

from __future__ import annotations

import csv
import io

from rollback_gov.outputs.fleet.csv import COLUMNS, parts
from tests.outputs.fleet.reports import HOSTILE, report


def rows(written: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written, newline="")))


def test_a_row_a_service() -> None:
    found = rows("".join(parts(report())))
    assert [row["service"] for row in found] == ["broken", "pay", "never", "none", "secret", "fine"]
    assert found[1] == {
        "state": "not_ready",
        "new": "yes",
        "repository": "team/pay",
        "service": "pay",
        "required_level": "3",
        "achieved_level": "2",
        "rehearsal": "stale",
        "rehearsed_at": "2025-12-01T11:00:00Z",
        "age_hours": "193",
        "fresh_until": "2025-12-04T11:00:00Z",
        "policy": "a" * 64,
        "plan": "rollback/op-7/plan.yaml",
        "operation": "op-7",
        "failing": "7",
        "codes": "RG403",
        "reasons": "It is old. | It is old. | It is old. | It is old.",
    }
    assert found[3]["required_level"] == found[3]["age_hours"] == ""
    assert tuple(found[0]) == COLUMNS


def test_no_cell_is_a_formula() -> None:
    found = rows("".join(parts(report(HOSTILE))))
    assert found[1]["service"] == f"'{HOSTILE}"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in found for cell in row.values())
