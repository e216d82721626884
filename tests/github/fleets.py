"""Repositories of services on the GitHub of the tests: a plan, what it uses, and its rehearsals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from rollback_gov.plans.load import load_plan
from rollback_gov.records.digests import digests
from rollback_gov.records.evidence import write_evidence
from tests.github.hub.state import File, Hub, Repository
from tests.policy.rehearsals import rehearsal

TODAY = "2025-12-09T12:00:00Z"
FRESH, STALE = "2025-12-09T10:00:00.000Z", "2025-11-09T10:00:00.000Z"
"""When rehearsals of a plan of level 2 ended, which are fresh for 14 days."""
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payment service 3.2, owner: payments, level: 2}
change:
  services: [payment-service]
  from: {payment: v3.1.8}
  to: {payment: v3.2.0}
  live_version: {run: cat version}
point_of_no_return: {none: stateless service}
uses: [../../scripts/undo.sh]
phases:
  - id: undo
    budget: 3m
    steps:
      - {id: undo, run: ../../scripts/undo.sh, timeout: 2m}
verification:
  budget: 1m
  checks: [{id: version, run: cat version, expect: {stdout: {equals: v3.1.8}}}]
  manual: [No error spikes on the dashboard]
rehearsal:
  deploy: {run: echo v3.2.0 > version}
escalation: [{on: failed, after: 0m, level: 1, actions: [Read the log]}]
contacts: [{role: On call, reach: the pager}]
"""
SCRIPT = "#!/bin/sh\necho v3.1.8 > version\n"
PLACE = "rollback/op-7/plan.yaml"


def service(
    hub: Hub,
    name: str,
    *,
    plan: str = PLAN,
    rehearsed: tuple[str, ...] = (FRESH,),
    more: Mapping[str, str] | None = None,
) -> Repository:
    """Make a repository of a service, with what else it holds (path -> text)."""
    repository = hub.repository(name)
    repository.files = dict(_files(plan, rehearsed))
    for path, text in (more or {}).items():
        repository.files[path] = File(text.encode())
    return repository


@cache
def _files(plan: str, rehearsed: tuple[str, ...]) -> Mapping[str, File]:
    with TemporaryDirectory() as place:
        root = Path(place)
        path = root / PLACE
        for file, text in ((path, plan), (root / "scripts" / "undo.sh", SCRIPT), (root / ".rollback-gov/x", "")):
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        loaded = load_plan(path)
        for finished in rehearsed:
            today = digests(loaded.require(), loaded.files)
            write_evidence(path.parent, rehearsal(loaded.require(), today, {"finished": finished}), None)
        (root / ".rollback-gov/x").unlink()
        return {
            file.relative_to(root).as_posix(): File(file.read_bytes()) for file in root.rglob("*") if file.is_file()
        } | {"README.md": File(b"# A service\n"), "src/main.py": File(b"print()\n")}
