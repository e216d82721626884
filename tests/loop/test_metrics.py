"""A deployment, its rollback and what becomes of it, in figures."""

from __future__ import annotations

import json
from typing import Any

from tests.loop.conftest import Repository

WHERE = {"services": "file", "environment": "production"}


def figures(repository: Repository) -> dict[str, Any]:
    repository.output.readouterr()
    return dict(json.loads(repository.gov("metrics", "--json")))


def value(document: dict[str, Any], name: str, **labels: str) -> float | None:
    samples = [sample for family in document["metrics"] for sample in family["samples"]]
    return next((sample["value"] for sample in samples if (sample["name"], sample["labels"]) == (name, labels)), None)


def test_from_the_permit_to_the_rollback(issued: Repository) -> None:
    before = figures(issued)
    assert before["problems"] == []
    assert value(before, "rollback_plan_rehearsed", operation="op-9", services="file", level="3") == 1
    assert value(before, "rollback_rehearsal_timestamp_seconds", operation="op-9", services="file")
    assert value(before, "rollback_plans_never_rehearsed", level="3") == 0
    for name in ("rollback_executed_total", "rollback_deployments_total", "rollback_failed_deployments_total"):
        assert value(before, name, **WHERE) == 0
    assert before["dora"]["whole"]["change_failure_rate"] is None

    issued.capture()
    issued.claim()
    deployed = figures(issued)
    assert value(deployed, "rollback_deployments_total", **WHERE) == 1
    assert deployed["dora"]["services"]["file"]["change_failure_rate"] == 0

    issued.gov("execute", str(issued.plan), "-e", "production", "--reason", "customers cannot pay", "--yes")
    rolled = figures(issued)
    assert value(rolled, "rollback_executed_total", **WHERE) == 1
    assert value(rolled, "rollback_success_total", **WHERE) == 1
    assert value(rolled, "rollback_sla_met_total", **WHERE) == 1
    assert value(rolled, "rollback_failed_deployments_total", **WHERE) == 1
    assert value(rolled, "rollback_unmatched_failures_total", **WHERE) == 0
    assert value(rolled, "rollback_phase_seconds_count", phase="service", **WHERE) == 1
    assert value(rolled, "rollback_duration_seconds", operation="op-9", **WHERE)
    assert rolled["dora"]["whole"]["change_failure_rate"] == 1
    assert rolled["dora"]["whole"]["recovered_from_decision"] == 1
    assert rolled["problems"] == []


def test_the_claim_beside_the_plan_and_the_audit_log_are_one_deployment(issued: Repository) -> None:
    issued.capture()
    issued.claim()
    issued.gov("audit", "sync")
    assert value(figures(issued), "rollback_deployments_total", **WHERE) == 1
    for path in (issued.folder / "permits" / "claims").glob("*.json"):
        path.unlink()
    assert value(figures(issued), "rollback_deployments_total", **WHERE) == 1
