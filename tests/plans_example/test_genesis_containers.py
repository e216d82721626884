"""The Genesis plan on real containers: compose starts the release, and the plan brings the previous version back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tests.container_engine import BASE, Engine, engine
from tests.execution.marks import slow
from tests.plans_example.genesis_containers import SERVICE, Project, genesis_in_containers
from tests.plans_example.genesis_host import PREVIOUS, RELEASE, live_version, write
from tests.plans_example.genesis_way_back import Channel, release_with_baseline, way_back_of
from tests.plans_example.plan_runner import runner
from tests.plans_example.rollback import Rollback

__all__ = ["engine"]
ONE, OTHER = f"genesis-{SERVICE}-1", "genesis-mongodb-1"


@pytest.fixture
def project(engine: Engine, tmp_path: Path) -> Iterator[Project]:
    """The previous version runs."""
    with genesis_in_containers(tmp_path, engine) as made:
        yield made


@contextmanager
def goes_back(project: Project, deploy: Callable[[], None]) -> Iterator[None]:
    """Deploy the release, which is wrong; see at the end that the previous version is back and nothing else is."""
    before = project.containers()
    assert before[ONE][1:] == (f"{SERVICE}:{PREVIOUS}", "running")
    assert answer(project) == 200
    deploy()
    released = project.containers()
    assert released[ONE][1:] == (f"{SERVICE}:{RELEASE}", "running")
    assert released[ONE][0] != before[ONE][0]
    assert (RELEASE in live_version(project.host), answer(project)) == (True, 500)
    yield
    after = project.containers()
    assert after == {ONE: (after[ONE][0], f"{SERVICE}:{PREVIOUS}", "running"), OTHER: before[OTHER]}, (
        "the previous version runs, the database was not touched, and nothing is left behind"
    )
    assert after[ONE][0] not in (before[ONE][0], released[ONE][0])
    assert (PREVIOUS in live_version(project.host), answer(project)) == (True, 200)


@pytest.fixture
def way_back(project: Project, tmp_path: Path) -> Iterator[Rollback]:
    """The release is live; the baseline was kept by the tool."""
    host = project.host
    scripts = runner("genesis", tmp_path, **host.parameters, **host.environ)
    with (
        way_back_of(host, Channel(), tmp_path / "repository") as made,
        goes_back(project, lambda: release_with_baseline(made, scripts)),
    ):
        yield made


def test_the_steps_of_the_plan_replace_the_container(project: Project, tmp_path: Path) -> None:
    host = project.host
    scripts = runner("genesis", tmp_path, **host.parameters, **host.environ)
    scripts.keep_baseline("version")

    def deploy() -> None:
        assert scripts.script("scripts/deploy-release.sh").passed

    with goes_back(project, deploy):
        assert not scripts.step("phases/service/git/version").passed
        for step in ("can-go-back", "stop", "check-out", "start", "version"):
            done = scripts.step(f"phases/service/git/{step}")
            assert done.passed, f"{step}: {done.stderr}"


@slow
def test_the_container_of_the_release_makes_room_for_the_previous_version(way_back: Rollback) -> None:
    done = way_back.call("execute", "--yes", "--reason", "every answer is an error")
    assert done.returncode == 0, done.stdout
    assert way_back.events("run.finished")[0]["result"] == "passed"
    assert {check["result"] for check in way_back.events("check.finished")} == {"passed"}
    assert {capture["result"] for capture in way_back.events("capture.finished")} == {"kept"}
    ways = [phase["alternative"] for phase in way_back.events("phase.started") if phase["phase"] == "phases/service"]
    assert ways == ["git"]


@slow
def test_where_files_and_image_are_gone_both_come_from_the_backup(way_back: Rollback, project: Project) -> None:
    write(project.host.home / "service.py", "edited by hand")
    project.engine.call("rmi", f"{SERVICE}:{PREVIOUS}")
    project.engine.call("kill", ONE)

    done = way_back.call("execute", "--yes", "--reason", "down for two minutes")
    assert done.returncode == 0, done.stdout
    finished = {step["step"]: step["result"] for step in way_back.events("step.finished")}
    assert finished["phases/service/git/can-go-back"] == "failed"
    assert finished["phases/service/backup/image"] == "passed"


def answer(project: Project) -> int:
    """What users get who ask the service something."""
    try:
        with urlopen(f"{project.host.url}/answer", timeout=2) as given:
            return int(given.status)
    except HTTPError as error:
        with error:
            return error.code


def test_nothing_is_there_that_the_tests_did_not_make(engine: Engine) -> None:
    assert engine.call("images", "--format", "{{.Repository}}").split() == [BASE]
    assert engine.call("ps", "--all", "--quiet") == ""
