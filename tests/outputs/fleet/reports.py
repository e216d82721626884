"""A report of everything that a scan can find."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rollback_gov.outputs.fleet.result import FleetPlan, FleetReport, FleetRepository, Reason, Service

AT = datetime(2025, 12, 9, 12, tzinfo=UTC)
HOSTILE = "=cmd|' /C calc'!A0\r\n::error::\x1b[2J\u202e##[add-mask]"


def plan(**changes: Any) -> FleetPlan:
    values: dict[str, Any] = {
        "file": "rollback/op-7/plan.yaml",
        "operation": "op-7",
        "services": ("pay",),
        "required": 3,
        "achieved": 2,
        "rehearsal": "stale",
        "rehearsed_at": "2025-12-01T11:00:00Z",
        "fresh_until": "2025-12-04T11:00:00Z",
        "reasons": (Reason(code="RG403", message="It is old.", file="rollback/op-7/plan.yaml", line=3),) * 4,
        "failing": 7,
        "warnings": 2,
    }
    return FleetPlan(**(values | changes))


def report(hostile: str = "pay") -> FleetReport:
    old = plan()
    ready = plan(achieved=3, rehearsal="fresh", failing=0, reasons=(), rehearsed_at="2025-12-09T10:00:00Z")
    broken = plan(required=0, achieved=0, rehearsal="never", rehearsed_at="", fresh_until="", failing=1, operation="")
    never = plan(rehearsal="never", rehearsed_at="", fresh_until="", achieved=0)
    told = Reason(message="It has no rollback plan.")
    return FleetReport(
        source="team",
        at=AT,
        services=(
            Service(
                repository="team/broken", service="broken", state="not_ready", plan=broken, reasons=broken.reasons[:1]
            ),
            Service(
                repository="team/pay", service=hostile, state="not_ready", plan=old, reasons=old.reasons, is_new=True
            ),
            Service(repository="team/pay", service="never", state="not_ready", plan=never, reasons=never.reasons),
            Service(repository="team/none", service="none", state="no_plan", reasons=(told,)),
            Service(repository="team/secret", service="secret", state="unknown", reasons=(Reason(message=hostile),)),
            Service(repository="team/new", service="fine", state="ready", plan=ready),
        ),
        repositories=(
            FleetRepository(asked="team/broken", name="team/broken", kind="read", plans=(broken,)),
            FleetRepository(asked="team/pay", name="team/pay", kind="read", plans=(old, never), policy="a" * 64),
            FleetRepository(asked="team/none", name="team/none", kind="empty"),
            FleetRepository(asked="team/secret", name="", kind="forbidden", reason=hostile),
            FleetRepository(asked="team/attic", name="team/attic", kind="archived"),
            FleetRepository(asked="team/off", name="team/off", kind="disabled"),
            FleetRepository(
                asked="team/before", name="team/new", kind="read", plans=(ready,), remarks=("x: it is a link.",)
            ),
        ),
        requests=20,
        unchanged=3,
        resumed=2,
        compared=True,
    )
