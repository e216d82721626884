"""Where the lease of a rollback is kept, as somebody said it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rollback_gov.commands.target import Target
from rollback_gov.commands.watch_leases import DatabaseLeases, open_leases
from rollback_gov.commands.watch_log import LOG, read_log
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.model.errors import UsageError
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.lease import Lease, Unreachable
from rollback_gov.triggers.lease_files import FileLeases
from rollback_gov.triggers.lease_kubernetes import KubernetesLeases
from rollback_gov.triggers.line import LogError
from tests.commands.test_watch import ERRORS, FAST, HEAD
from tests.servers import Postgresql, postgresql

__all__ = ["postgresql"]


@pytest.fixture
def target(tmp_path: Path) -> Target:
    path = tmp_path / "rollback" / "op-7" / "plan.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + FAST + f"triggers: [{ERRORS}]\n")
    return Target(loaded=load_plan(path), workspace=Workspace.around(path), environment="staging")


def world(address: str) -> World:
    return World(person="ana", environ={"PATH": os.environ["PATH"]}, leases=address)


def test_beside_the_watch_unless_somebody_says_otherwise(target: Target) -> None:
    with open_leases(target, world("")) as leases:
        assert isinstance(leases, FileLeases)
    with open_leases(target, world("kubernetes:payments")) as other:
        assert isinstance(other, KubernetesLeases)


def test_what_is_no_place_is_wrong_usage(target: Target) -> None:
    with pytest.raises(UsageError, match="'redis' is no place for leases"), open_leases(target, world("redis://x")):
        pass


def test_a_database_keeps_it_for_all_machines_and_one_that_goes_away_is_unreachable(
    target: Target, postgresql: Postgresql
) -> None:
    address = postgresql.url(postgresql.create_database())
    with open_leases(target, world(address)) as leases, open_leases(target, world(address)) as others:
        assert isinstance(leases, DatabaseLeases)
        assert Lease(leases, "rollback").take(at="now", reason="errors")[0] is None
        holder = Lease(others, "rollback").take(at="now", reason="errors")[0]
        assert holder is not None
        assert holder.pid == os.getpid()


@pytest.mark.slow
def test_a_database_that_is_not_there_is_unreachable(target: Target) -> None:
    with open_leases(target, world("postgresql://nobody@127.0.0.1:1/nothing")) as leases:
        with pytest.raises(Unreachable):
            leases.read("rollback")
        with pytest.raises(Unreachable):
            leases.swap("rollback", "", "{}")


def test_a_windows_log_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    assert read_log(tmp_path) == ()
    (tmp_path / LOG).write_text("nonsense\n")
    with pytest.raises(LogError, match=f"{LOG}: Line 1 of the decision log cannot be read"):
        read_log(tmp_path)
    (tmp_path / LOG).unlink()
    (tmp_path / LOG).mkdir()
    with pytest.raises(LogError, match="cannot be read: Is a directory"):
        read_log(tmp_path)
