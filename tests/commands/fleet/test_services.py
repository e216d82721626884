"""From repositories to services, the worst first."""

from __future__ import annotations

from typing import Any

import pytest

from rollback_gov.commands.fleet.services import services
from rollback_gov.outputs.fleet.result import FleetPlan, FleetRepository, Reason, Service


def plan(name: str = "plan.yaml", **changes: Any) -> FleetPlan:
    values: dict[str, Any] = {
        "file": name,
        "operation": "op-7",
        "services": ("pay",),
        "required": 2,
        "achieved": 2,
        "rehearsal": "fresh",
        "rehearsed_at": "",
        "fresh_until": "",
        "reasons": (),
        "failing": 0,
        "warnings": 0,
    }
    return FleetPlan(**(values | changes))


def bad(name: str = "plan.yaml", failing: int = 1, **changes: Any) -> FleetPlan:
    return plan(name, failing=failing, achieved=1, reasons=(Reason(message="No.", code="RG1"),), **changes)


def repository(*plans: FleetPlan, name: str = "team/service", **changes: Any) -> FleetRepository:
    return FleetRepository(**({"asked": name, "name": name, "kind": "read", "plans": plans} | changes))


def states(*repositories: FleetRepository) -> list[tuple[str, str]]:
    return [(service.service, service.state) for service in services(repositories, None)]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (repository(plan()), [("pay", "ready")]),
        (repository(bad()), [("pay", "not_ready")]),
        (repository(plan(services=())), [("service", "ready")]),
        (repository(plan(services=("a", "b"))), [("a", "ready"), ("b", "ready")]),
        (repository(bad("one"), plan("two")), [("pay", "ready")]),
        (repository(plan(required=0, achieved=0)), [("pay", "not_ready")]),
        (repository(), [("service", "no_plan")]),
        (repository(kind="empty"), [("service", "no_plan")]),
        (repository(kind="missing", name="team/x", reason="404"), [("x", "unknown")]),
        (repository(kind="forbidden"), [("service", "unknown")]),
        (repository(kind="failed"), [("service", "unknown")]),
        (repository(reason="it cannot be judged"), [("service", "unknown")]),
        (repository(kind="archived"), []),
        (repository(kind="disabled"), []),
        (repository(remarks=("Much.",)), [("service", "unknown")]),
        (repository(bad(), remarks=("Much.",)), [("pay", "unknown")]),
        (repository(plan(), remarks=("Much.",)), [("pay", "ready")]),
    ],
)
def test_what_becomes_of_a_repository(given: FleetRepository, expected: list[tuple[str, str]]) -> None:
    assert states(given) == expected


def test_of_several_plans_the_nearest_is_told() -> None:
    unusable = bad("unusable", required=0)
    (service,) = services([repository(unusable, bad("far", failing=5), bad("near"))], None)
    assert service.plan is not None
    assert service.plan.file == "near"
    assert service.reasons == service.plan.reasons


def test_what_was_not_read_is_the_first_reason() -> None:
    (service,) = services([repository(bad(), remarks=("Much.",))], None)
    assert [reason.message for reason in service.reasons] == ["Much.", "No."]


def test_the_worst_come_first() -> None:
    given = [
        repository(plan(services=("fine",)), name="a/fine"),
        repository(name="a/none"),
        repository(kind="forbidden", name="a/secret"),
        repository(bad(services=("two",)), name="a/two"),
        repository(bad(services=("four",), required=4), name="a/four"),
        repository(bad(services=("more",), required=4, failing=9), name="a/more"),
        repository(bad(services=("broken",), required=0), name="a/broken"),
    ]
    expected = ["broken", "more", "four", "two", "none", "secret", "fine"]
    assert [name for name, _ in states(*given)] == expected
    assert [name for name, _ in states(*reversed(given))] == expected


def test_what_the_scan_before_did_not_find_is_new() -> None:
    given = [repository(bad(services=("old", "new"))), repository(plan(services=("fine",)), name="a/b")]
    found = services(given, frozenset({("team/service", "old"), ("a/b", "fine")}))
    assert {service.service: service.is_new for service in found} == {"old": False, "new": True, "fine": False}
    assert not any(service.is_new for service in services(given, None))


def test_a_repository_without_a_name_of_today_keeps_the_one_it_was_asked_by() -> None:
    (service,) = services([repository(kind="missing", name="", asked="team/gone")], None)
    assert service == Service(
        repository="team/gone",
        service="gone",
        state="unknown",
        reasons=(Reason(message="GitHub shows no such repository to this token."),),
    )
