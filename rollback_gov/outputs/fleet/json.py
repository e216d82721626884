"""For programs: one document, described by ``schemas/fleet-v1.schema.json``."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from rollback_gov import __version__
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.fleet.result import FleetPlan, FleetReport, FleetRepository, Reason, Service


def document(report: FleetReport, code: ExitCode) -> dict[str, Any]:
    """Give the report as plain data, with the exit code that it comes with."""
    return {
        "version": 1,
        "tool": {"name": "rollback-gov", "version": __version__},
        "source": report.source,
        "at": f"{report.at:%Y-%m-%dT%H:%M:%SZ}",
        "result": code.word,
        "exit_code": int(code),
        "compared": report.compared,
        "summary": {
            "services": len(report.services),
            **report.counts,
            "new": sum(service.is_new for service in report.services),
            "repositories": len(report.repositories),
            "requests": report.requests,
            "not_modified": report.unchanged,
            "resumed": report.resumed,
        },
        "services": [_service(service) for service in report.services],
        "repositories": [_repository(repository, report.at) for repository in report.repositories],
    }


def text(report: FleetReport, code: ExitCode) -> str:
    """Write the document."""
    return json.dumps(document(report, code), indent=1, ensure_ascii=False) + "\n"


def _service(service: Service) -> dict[str, Any]:
    return {
        "repository": service.repository,
        "service": service.service,
        "state": service.state,
        "new": service.is_new,
        "plan": service.plan.file if service.plan else "",
        "reasons": [_reason(reason) for reason in service.reasons],
    }


def _repository(repository: FleetRepository, at: datetime) -> dict[str, Any]:
    return {
        "asked": repository.asked,
        "name": repository.name,
        "kind": repository.kind,
        "reason": repository.reason,
        "tree": repository.tree,
        "policy": repository.policy,
        "remarks": list(repository.remarks),
        "plans": [_plan(plan, at) for plan in repository.plans],
    }


def _plan(plan: FleetPlan, at: datetime) -> dict[str, Any]:
    return {
        "file": plan.file,
        "operation": plan.operation,
        "services": list(plan.services),
        "ready": plan.is_ready,
        "required_level": plan.required,
        "achieved_level": plan.achieved,
        "rehearsal": plan.rehearsal,
        "rehearsed_at": plan.rehearsed_at,
        "fresh_until": plan.fresh_until,
        "age_seconds": plan.age_seconds(at),
        "failing": plan.failing,
        "warnings": plan.warnings,
        "reasons": [_reason(reason) for reason in plan.reasons],
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"code": reason.code, "message": reason.message, "file": reason.file, "line": reason.line}
