"""Triggers as a plan writes them."""

from __future__ import annotations

from pathlib import Path

from rollback_gov.model.plan import Plan
from rollback_gov.model.trigger import Trigger
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Orders 2.0, owner: orders, level: 2}
phases: [{id: undo, steps: [{id: undo, run: "true"}]}]
"""


def plan_of(body: str) -> Plan:
    """Build a plan from its triggers, its decision and its watch, as YAML."""
    loaded = load_text(Path("plan.yaml"), Source("plan.yaml", PLAN + body))
    assert loaded.plan is not None, loaded.findings
    return loaded.plan


def trigger_of(keys: str, *, query: str = "{source: http, url: 'http://metrics/errors'}") -> Trigger:
    """Build one trigger from its keys beside id and query, in YAML's flow form."""
    return plan_of(f"triggers: [{{id: errors, query: {query}, {keys}}}]\n").triggers[0]
