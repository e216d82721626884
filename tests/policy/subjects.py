"""A subject out of a few lines of YAML."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from rollback_gov.model.policy import Policy
from rollback_gov.plans.load import LoadedPlan, load_text
from rollback_gov.plans.source import Source
from rollback_gov.policy.levels import requirements
from rollback_gov.policy.subject import Subject
from tests.policy.rehearsals import NOW

SMALL = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Payments 3.2, owner: payments, level: 2}
point_of_no_return: {none: the service keeps no state}
phases:
  - id: undo
    budget: 3m
    steps:
      - {id: undo, run: ./undo.sh, timeout: 2m}
verification:
  checks: [{id: health, run: ./health.sh}]
  manual: [Look at the dashboard]
"""


def loaded(text: str = SMALL) -> LoadedPlan:
    """Load a plan from text."""
    return load_text(Path("plan.yaml"), Source("plan.yaml", text))


def subject(text: str = SMALL, *, level: int = 0, policy: Policy | None = None, **changes: Any) -> Subject:
    """Make a subject at the plan's own level, or at another one."""
    document = loaded(text)
    plan = document.require()
    demands = policy or Policy()
    made = Subject(
        loaded=document,
        plan=plan,
        policy=demands,
        requirements=requirements(level or plan.metadata.level, demands),
        now=datetime.fromisoformat(NOW),
    )
    return replace(made, **changes)
