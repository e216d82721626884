from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.deployments import Deployments, Known, read_deployments
from rollback_gov.commands.plan_records import read_plans
from rollback_gov.commands.workspace import Workspace
from rollback_gov.records.claim import claim
from tests.commands.test_plan_records import write_plan
from tests.reports.metrics.test_fold import glass as make_glass

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
KNOWN = Known(
    services=lambda operation: (f"service of {operation}",),
    in_production={"production": True, "staging": False}.get,
)


class Here:
    """A repository without git: the audit log is a file."""

    def __init__(self, root: Path) -> None:
        (root / ".rollback-gov").mkdir()
        self.workspace = Workspace(root)
        self.trail = Trail(root=root, environ=os.environ)
        self.folder = write_plan(root, "op-1").parent

    def log(self, minute: int, operation: str = "op-1", **data: str) -> None:
        now = NOON.replace(minute=minute)
        assert self.trail.record("permit.claimed", operation=operation, by="ann", now=now, data=data) == ""
        self.trail.send()

    def read(self) -> Deployments:
        plans = read_plans(self.workspace, NOON)
        return read_deployments(plans.found, (), self.trail, KNOWN)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_nothing_is_known_of_a_new_repository(here: Here) -> None:
    assert here.read() == Deployments(found=(), problems=())


def test_a_use_in_the_audit_log_is_a_deployment(here: Here) -> None:
    here.log(5, permit="a" * 64, environment="production")
    (made,) = here.read().found
    assert (made.operation, made.environment, made.at) == ("op-1", "production", NOON.replace(minute=5))
    assert made.services == ("service of op-1",)


def test_the_same_use_counts_once_and_so_do_two_of_the_same_minute(here: Here) -> None:
    here.log(5, permit="a" * 64, environment="production")
    here.log(30, permit="a" * 64, environment="production")
    here.log(6, permit="b" * 64, environment="production")
    here.log(40, permit="c" * 64, environment="production")
    here.log(40, operation="op-2", permit="d" * 64, environment="production")
    here.log(50, environment="production")
    assert [(made.operation, made.at.minute) for made in here.read().found] == [
        ("op-1", 5),
        ("op-1", 40),
        ("op-2", 40),
        ("op-1", 50),
    ]


def test_one_that_went_elsewhere_is_none_in_production(here: Here) -> None:
    here.log(5, permit="a" * 64, environment="staging")
    assert here.read() == Deployments(found=(), problems=())


def test_one_to_an_environment_that_nobody_knows_is_told(here: Here) -> None:
    here.log(5, permit="a" * 64, environment="moon")
    assert here.read().problems == ("A permit of op-1 was used for 'moon', which nobody knows.",)


def test_a_damaged_log_is_told_and_the_rest_counts(here: Here) -> None:
    here.log(5, permit="a" * 64, environment="production")
    here.log(20, permit="b" * 64, environment="production")
    log = here.trail.folder / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"number":2', b'"number":3'))
    read = here.read()
    assert len(read.problems) == 1
    assert "the chain is broken" in read.problems[0]


def test_a_claim_of_a_permit_that_is_gone_is_told(here: Here) -> None:
    claim(here.folder, "a" * 64, by="ann", at="2026-01-31T12:00:00Z")
    (problem,) = here.read().problems
    assert problem == f"The use {'a' * 12} beside {here.folder} is of no permit that is there."


@pytest.mark.parametrize("text", ["", "{}", '{"at": "noon"}', "[" * 5000, '{"at": 5}'])
def test_so_is_one_that_cannot_be_read(here: Here, text: str) -> None:
    place = here.folder / "permits" / "claims"
    place.mkdir(parents=True)
    (place / f"{'a' * 64}.json").write_text(text)
    (problem,) = here.read().problems
    assert problem.endswith("cannot be read.")


def test_permits_that_cannot_be_read_are_of_nobody(here: Here) -> None:
    (here.folder / "permits").mkdir()
    (here.folder / "permits" / "x.dsse.json").write_text("{")
    claim(here.folder, "a" * 64, by="ann", at="2026-01-31T12:00:00Z")
    assert len(here.read().problems) == 1


def test_a_break_glass_whose_use_was_taken_is_a_deployment_too(here: Here) -> None:
    claim(here.folder, "a" * 64, by="ann", at="2026-01-31T12:00:00Z")
    plans = read_plans(here.workspace, NOON)
    glass = replace(make_glass(environment="production"), sha256="a" * 64)
    (made,) = read_deployments(plans.found, (glass,), here.trail, KNOWN).found
    assert (made.operation, made.environment, made.at) == ("op-1", "production", NOON)
