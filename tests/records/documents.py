"""Plans as plain data, and what the one loader makes of them, so that a test says only what it changes."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import yaml

from rollback_gov.model.evidence import Digests
from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.source import Source
from rollback_gov.records.digests import digests

PLAN: dict[str, Any] = {
    "apiVersion": "rollback-gov/v1",
    "kind": "RollbackPlan",
    "metadata": {"operation": "op-7", "title": "Payment service 3.2", "owner": "payments", "level": 2},
    "change": {"services": ["payment"], "from": {"payment": "v3.1.8"}, "to": {"payment": "v3.2.0"}},
    "parameters": {"NAMESPACE": {"default": "shop", "pattern": "^[a-z]+$"}},
    "uses": ["scripts/verify.sh"],
    "sla": "15m",
    "baseline": [{"id": "users", "run": "psql -c 'SELECT count(*) FROM users' > \"$SAVE\"", "save": "users.txt"}],
    "capture": {"budget": "1m", "items": [{"id": "pods", "run": "kubectl get pods -n shop", "save": "pods.txt"}]},
    "triggers": [
        {"id": "errors", "query": {"source": "prometheus", "expr": "rate(errors[1m])"}, "above": "5%", "for": "2m"}
    ],
    "decision": [{"action": "rollback", "any": ["errors"]}],
    "point_of_no_return": {
        "description": "migration 8 completed",
        "passed_when": {"run": "./scripts/verify.sh level", "expect": {"stdout": {"at_least": 8}}},
        "forward_fix": [{"id": "compensate", "budget": "5m", "steps": [{"id": "apply", "run": "./fix.sh"}]}],
    },
    "phases": [
        {
            "id": "drain",
            "name": "Stop traffic",
            "budget": "1m",
            "steps": [{"id": "weight", "run": "./scripts/verify.sh drain", "timeout": "30s"}],
        },
        {
            "id": "database",
            "budget": "3m",
            "steps": [{"id": "restore", "run": "pg_restore -d app dump", "destructive": True, "timeout": "2m"}],
        },
    ],
    "scenarios": [{"id": "traffic-only", "use_when": "The schema is fine", "phases": ["drain"], "sla": "3m"}],
    "verification": {"budget": "1m", "checks": [{"id": "health", "run": "./scripts/verify.sh health"}]},
    "recovery": [{"id": "breakers", "steps": [{"id": "close", "run": "./close.sh"}]}],
    "rehearsal": {"deploy": {"run": "./deploy.sh"}, "scenarios": ["traffic-only"]},
    "contacts": [{"role": "DBA", "reach": "on-call"}],
}
SCRIPT = "#!/bin/sh\nexit 0\n"


def plan_document() -> dict[str, Any]:
    """Give a copy to change."""
    return deepcopy(PLAN)


def load(document: dict[str, Any], folder: Path, *, script: str = SCRIPT) -> LoadedPlan:
    """Write the plan's script, and load the document as the tool would."""
    return load_yaml(yaml.safe_dump(document, sort_keys=False), folder, script=script)


def load_yaml(text: str, folder: Path, *, script: str = SCRIPT) -> LoadedPlan:
    """Like ``load`` for text."""
    (folder / "scripts").mkdir(exist_ok=True)
    (folder / "scripts" / "verify.sh").write_text(script, encoding="utf-8")
    return load_text(folder / "plan.yaml", Source("plan.yaml", text))


def digests_of(loaded: LoadedPlan) -> Digests:
    """Give today's digests of a plan that must be readable."""
    return digests(loaded.require(), loaded.files)
