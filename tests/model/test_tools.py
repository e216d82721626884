from __future__ import annotations

from pathlib import Path

from rollback_gov.model.tools import implied_tools
from rollback_gov.plans.load import load_text
from rollback_gov.plans.source import Source

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-1, title: A change, owner: team, level: 2}
tools: [git, jq]
phases: [{id: a, steps: [{id: a, run: 'true'}, {id: b, git: {checkout: v1}}]}]
recovery: [{id: b, steps: [{id: a, kubernetes: {namespace: n, rollout_status: d/x}}, {id: b, wait: 1s}]}]
last_resort: [{id: c, steps: [{id: a, terraform: {directory: i, configuration: v1}}]}]
"""


def test_what_steps_need_by_their_action_in_any_phase() -> None:
    plan = load_text(Path("plan.yaml"), Source("plan.yaml", PLAN)).require()
    assert implied_tools(plan) == ("kubectl", "terraform")
