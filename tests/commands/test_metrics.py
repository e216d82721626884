"""What is read of a repository for its figures."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.metrics import Reading, read_repository
from rollback_gov.commands.workspace import Workspace
from rollback_gov.plans.load import load_plan
from rollback_gov.records.evidence import write_evidence
from rollback_gov.reports.metrics.material import PlanFacts
from tests.commands.test_plan_records import write_plan
from tests.policy.rehearsals import NOW, rehearsals
from tests.policy.subjects import SMALL
from tests.reports.metrics.runs import story

ENVIRONMENTS = "environments: {eu: {class: production}, us: {class: production}, test: {class: staging}}\n"
NOON = datetime.fromisoformat(NOW)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / ".rollback-gov").mkdir()
    (tmp_path / ".rollback-gov" / "environments.yaml").write_text(ENVIRONMENTS)
    return tmp_path


def read(root: Path, now: datetime = NOON) -> Reading:
    window = timedelta(days=30)
    return read_repository(Workspace(root), root / "incidents", now=now, window=window, environ=os.environ)


def rehearse(path: Path, *entries: dict[str, Any]) -> None:
    for stored in rehearsals(load_plan(path), entries):
        write_evidence(path.parent, stored.evidence, None)


def facts(root: Path, now: datetime = NOON) -> PlanFacts:
    (found,) = read(root, now).material.plans
    return found


def test_a_plan_that_was_never_rehearsed(root: Path) -> None:
    write_plan(root, "op-1", SMALL + "change: {services: [web]}\n")
    assert facts(root) == PlanFacts(operation="op-1", services=("web",), level=2, rehearsed=0, is_enough=False)


def test_the_newest_whole_rehearsal_that_passed_counts(root: Path) -> None:
    path = write_plan(root, "op-1")
    rehearse(
        path,
        {"finished": "2025-12-01T10:00:00.000Z"},
        {"finished": "2025-12-02T10:00:00.000Z", "started": "2025-12-02T09:58:00.000Z"},
        {"finished": "2025-12-03T10:00:00.000Z", "result": "failed"},
        {"finished": "2025-12-04T10:00:00.000Z", "scenario": "part"},
        {"finished": "2025-12-05T10:00:00.000Z", "forward_fix": True, "order": ["phases/undo"]},
    )
    found = facts(root)
    assert (found.rehearsed, found.is_enough) == (5, True)
    assert found.latest == datetime.fromisoformat("2025-12-02T10:00:00Z")
    assert found.fresh_until is not None
    assert found.fresh_until > NOON


def test_one_that_is_too_old_says_how_old_it_is_and_is_not_enough(root: Path) -> None:
    rehearse(write_plan(root, "op-1"), {})
    found = facts(root, NOON + timedelta(days=365))
    assert (found.rehearsed, found.is_enough) == (1, False)
    assert found.latest == datetime.fromisoformat("2025-12-09T10:00:00Z")
    assert found.fresh_until is not None
    assert found.fresh_until < NOON + timedelta(days=365)


def test_environments_of_production_and_their_deployments(root: Path) -> None:
    write_plan(root, "op-1", SMALL + "change: {services: [web]}\n")
    story(operation="op-gone", services=["old"], environment="eu").write(root / "incidents" / "op-gone-1")
    story(operation="op-1", services=["other"], environment="past").write(root / "incidents" / "op-1-1")
    trail = Trail(root=root, environ=os.environ)
    for number, (operation, environment) in enumerate(
        [("op-1", "eu"), ("op-gone", "us"), ("op-1", "test"), ("op-1", "past"), ("op-new", "eu")]
    ):
        data = {"permit": f"{number:064}", "environment": environment}
        now = NOON + timedelta(minutes=10 * number)
        trail.record("permit.claimed", operation=operation, by="ann", now=now, data=data)
    trail.send()
    reading = read(root)
    assert reading.problems == ()
    assert reading.material.environments == ("eu", "us")
    assert [(made.operation, made.environment, made.services) for made in reading.material.deployments] == [
        ("op-1", "eu", ("web",)),
        ("op-gone", "us", ("old",)),
        ("op-1", "past", ("web",)),
        ("op-new", "eu", ()),
    ]


def test_an_empty_folder_is_a_repository_without_anything(tmp_path: Path) -> None:
    reading = read(tmp_path)
    assert reading.problems == ()
    assert (reading.material.runs, reading.material.plans, reading.material.environments) == ((), (), ())
    assert set(reading.material.unreadable.values()) == {0}
