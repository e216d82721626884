"""For programs: one document, described by ``schemas/fleet-v1.schema.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from rollback_gov import __version__
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.outputs.fleet.result import FleetPlan, FleetReport, FleetRepository, Reason, Service


def parts(report: FleetReport, code: ExitCode) -> Iterator[str]:
    """Write the document with the exit code that it comes with, a service and a repository at a time."""
    head = json.dumps(_head(report, code), indent=1, ensure_ascii=False)
    yield head.removesuffix("\n}")
    yield from _list("services", map(_service, report.services))
    yield from _list("repositories", (_repository(repository, report.at) for repository in report.repositories))
    yield "\n}\n"


def _list(name: str, documents: Iterable[dict[str, Any]]) -> Iterator[str]:
    yield f',\n "{name}": ['
    between = ""
    for document in documents:
        yield f"{between}\n  {json.dumps(document, ensure_ascii=False)}"
        between = ","
    yield "\n ]"


def _head(report: FleetReport, code: ExitCode) -> dict[str, Any]:
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
    }


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
