"""What GitHub's deployments say around a rollback, against a GitHub that speaks HTTP and remembers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from rollback_gov.github.connection import connect
from rollback_gov.github.deployments import KEY
from rollback_gov.github.rollback_deployments import Rollback, tell
from tests.github.hub.deployments import Deployment, Status, deployed
from tests.github.hub.state import Hub

TABLE = yaml.safe_load((Path(__file__).parent / "rollback_deployments.yaml").read_text(encoding="utf-8"))
CASES = {row["name"]: row for row in TABLE}
SHA = "0123456789abcdef0123456789abcdef01234567"


def said(hub: Hub, rollback: Rollback) -> str:
    with connect(hub.environ, needs="deployments: write") as connection:
        return tell(connection.get_repo("team/service"), rollback)


def rollback(**fields: Any) -> Rollback:
    given: dict[str, Any] = {
        "operation": "op-7",
        "run": "op-7-run",
        "environment": "production",
        "services": ("shop",),
        "versions": ("v2",),
        "is_production": True,
        "is_whole": True,
    }
    return Rollback(**{**given, **fields})


def before(hub: Hub, operation: str = "op-7", services: tuple[str, ...] = ("shop",), **fields: Any) -> Deployment:
    payload = {KEY: {"operation": operation, "identity": "p", "services": list(services)}}
    one = deployed(hub.repository(), "v3", "production", payload=payload, **fields)
    one.statuses.append(Status(one.id, "success"))
    return one


@pytest.mark.parametrize("name", CASES)
def test_what_a_rollback_makes_of_deployments(hub: Hub, name: str) -> None:
    row = CASES[name]
    repository = hub.repository()
    repository.tags, repository.shas = set(row.get("tags", ())), {SHA}
    undone = before(hub)
    versions = tuple("v" * 400 if version == "VERY LONG" else version for version in row["versions"])
    chosen = {key: row[key] for key in ("is_whole",) if key in row}
    going_on = rollback(versions=versions, **chosen)
    ends = {key: row[key] for key in ("fixed_forward", "last_resort") if key in row}
    ended = replace(going_on, result=row.get("result", "passed"), **ends)
    for stand in (going_on, going_on, ended, ended):
        told = not said(hub, stand)
    assert undone.states == row["undone"]
    restored = [one for one in repository.deployments.values() if one is not undone]
    assert [one.states for one in restored] == ([row["restored"]] if "restored" in row else [])
    assert [(one.ref, one.task, one.environment) for one in restored] == (
        [(row["ref"], "rollback", "production")] if "ref" in row else []
    )
    assert told == row.get("told", True)


def test_without_a_deployment_of_ours_only_what_comes_back_is_shown(hub: Hub) -> None:
    hub.repository().tags = {"v2"}
    other = deployed(hub.repository(), "main", "production", payload={"operation": "op-7"})
    assert said(hub, rollback(result="passed")) == ""
    assert other.states == []
    assert hub.repository().deployments[2].states == ["success"]
    assert hub.repository().deployments[2].sent["production_environment"] is True


def test_what_comes_back_takes_the_place_of_all_that_it_is_made_of(hub: Hub) -> None:
    hub.repository().tags = {"v2"}
    shop, both = before(hub, "op-5"), before(hub, "op-6", ("shop", "mail"))
    failed = before(hub, "op-4")
    failed.statuses.append(Status(99, "failure"))
    said(hub, rollback(result="passed"))
    assert (shop.states[-1], both.states[-1], failed.states[-1]) == ("inactive", "success", "failure")
