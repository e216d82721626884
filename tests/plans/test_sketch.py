"""One plan that has every section, and the files that it uses."""

from __future__ import annotations

import os
from dataclasses import fields
from pathlib import Path

import pytest

from rollback_gov.model.action import ACTIONS, Kubernetes
from rollback_gov.model.environment import Environments
from rollback_gov.model.plan import Plan
from rollback_gov.plans.load import load_plan, load_record
from rollback_gov.plans.schema import load_schema

from .documents import DOCUMENTS

SKETCH = Path(__file__).parent / "sketch" / "plan.yaml"


@pytest.fixture(scope="module")
def plan() -> Plan:
    loaded = load_plan(SKETCH)
    assert loaded.findings == ()
    return loaded.require()


def test_it_has_every_section(plan: Plan) -> None:
    assert set(DOCUMENTS["sketch"]) == set(load_schema("plan-v1")["properties"]) - {"gaps"}  # those of a draft
    assert [field.name for field in fields(plan) if getattr(plan, field.name) in (None, (), "")] == []


def test_it_has_every_action(plan: Plan) -> None:
    assert {step.action for _, _, step in plan.every_step()} == set(ACTIONS)


def test_its_kubernetes_steps_have_different_verbs(plan: Plan) -> None:
    steps = [step.payload for _, _, step in plan.every_step() if isinstance(step.payload, Kubernetes)]
    assert len({(step.rollout_undo != "", step.set_image != "", step.rollout_status != "") for step in steps}) == 3


def test_each_file_that_it_uses_can_be_run_and_checks_itself(plan: Plan) -> None:
    for name in plan.uses:
        file = SKETCH.parent / name
        assert os.access(file, os.X_OK)
        assert "set -euo pipefail" in file.read_text(encoding="utf-8").splitlines()


def test_each_file_beside_it_is_used(plan: Plan) -> None:
    files = {str(file.relative_to(SKETCH.parent)) for file in SKETCH.parent.rglob("*.sh")}
    assert files == set(plan.uses)


def test_its_phases_fit_into_its_sla(plan: Plan) -> None:
    budgets = [phase.budget.seconds for phase in plan.phases if phase.budget]
    assert plan.sla is not None
    assert plan.verification.budget is not None
    assert sum(budgets) + plan.capture.budget.seconds + plan.verification.budget.seconds < plan.sla.seconds


def test_its_environment_names_every_endpoint_and_source(plan: Plan) -> None:
    environments = load_record(SKETCH.parent / ".rollback-gov" / "environments.yaml", "environments-v1", Environments)
    staging = environments.environments["staging"]
    assert set(staging.endpoints or {}) == {"api", "flags", "registry"}
    assert set(staging.sources or {}) == {"prometheus", "alertmanager"}
    assert set(plan.communication.channels) == set(environments.channels or {})
