from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from rollback_gov.commands.plan_records import read_plans
from rollback_gov.commands.workspace import Workspace
from rollback_gov.plans.load import load_plan
from rollback_gov.records.evidence import write_evidence
from tests.policy.rehearsals import NOW, rehearsals
from tests.policy.subjects import SMALL


def write_plan(root: Path, operation: str, text: str = SMALL) -> Path:
    path = root / "rollback" / operation / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text.replace("op-7", operation), encoding="utf-8")
    return path


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / ".rollback-gov").mkdir()
    return Workspace(tmp_path)


def test_every_plan_with_how_its_rehearsals_stand(workspace: Workspace) -> None:
    write_plan(workspace.root, "op-1")
    rehearsed = write_plan(workspace.root, "op-2")
    write_evidence(rehearsed.parent, rehearsals(load_plan(rehearsed), [{}])[0].evidence, None)
    plans = read_plans(workspace, datetime.fromisoformat(NOW))
    assert plans.unreadable == ()
    assert [(plan.plan.metadata.operation, plan.file.parent.name) for plan in plans.found] == [
        ("op-1", "op-1"),
        ("op-2", "op-2"),
    ]
    assert [len(plan.rehearsals.rehearsals) for plan in plans.found] == [0, 1]
    assert plans.found[1].rehearsals.is_enough


def test_one_that_cannot_be_read_is_named_and_the_rest_counts(workspace: Workspace) -> None:
    write_plan(workspace.root, "op-1")
    broken = write_plan(workspace.root, "op-2", "metadata: [")
    plans = read_plans(workspace, datetime.fromisoformat(NOW))
    assert [plan.file.parent.name for plan in plans.found] == ["op-1"]
    assert [plan.file for plan in plans.unreadable] == [broken]
    assert plans.unreadable[0].reason
