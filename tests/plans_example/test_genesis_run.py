"""The Genesis plan as its users run it: by the command line, alone and with somebody at the terminal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.cli.room import wait_for
from tests.plans_example.genesis_host import (
    PREVIOUS,
    RELEASE,
    GenesisHost,
    genesis_host,
    live_version,
    write,
)
from tests.plans_example.genesis_way_back import Channel, release_with_baseline, way_back_of
from tests.plans_example.plan_runner import runner
from tests.plans_example.rollback import Rollback


@pytest.fixture
def channel() -> Channel:
    return Channel()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[GenesisHost]:
    """The previous version is checked out; nothing runs."""
    with genesis_host(tmp_path) as made:
        yield made


@pytest.fixture
def way_back(host: GenesisHost, channel: Channel, tmp_path: Path) -> Iterator[Rollback]:
    """The release is live; the baseline was kept by the tool."""
    scripts = runner("genesis", tmp_path, **host.parameters, **host.environ)
    with way_back_of(host, channel, tmp_path / "repository") as made:
        assert scripts.script("scripts/start-service.sh").passed
        release_with_baseline(made, scripts)
        yield made


def test_a_whole_rollback(way_back: Rollback, host: GenesisHost, channel: Channel) -> None:
    host.serve_requests(12)
    with way_back.start("execute", "--yes", "--reason", "error rate 4 %") as running:
        wait_for(lambda: "phases/drain/more-time" in steps(way_back, "step.intent"), seconds=60)
        host.serve_requests(3)
        output, _ = running.communicate(timeout=120)

    assert running.returncode == 0, output
    finished = {data["step"]: data for data in way_back.events("step.finished")}
    assert "not reached within 300ms" in finished["phases/drain/idle"]["detail"], "twelve were in flight"
    assert finished["phases/drain/more-time"]["result"] == "passed"
    assert PREVIOUS in live_version(host)
    assert host.commit == host.commits[PREVIOUS]
    assert way_back.events("run.finished")[0]["result"] == "passed"
    assert {check["result"] for check in way_back.events("check.finished")} == {"passed"}
    assert {capture["result"] for capture in way_back.events("capture.finished")} == {"kept"}
    assert any("ROLLBACK INITIATED" in text and "error rate 4 %" in text for text in channel.texts)
    assert any("ROLLBACK COMPLETED" in text for text in channel.texts)


@pytest.mark.slow
def test_a_service_that_is_down_on_a_host_that_git_cannot_bring_back(way_back: Rollback, host: GenesisHost) -> None:
    os.kill(int((host.state / "pid").read_text()), signal.SIGKILL)
    write(host.home / "service.py", (host.home / "service.py").read_text() + "# edited by hand\n")
    (host.state / "images").write_text(f"genesis-orchestration:{RELEASE}", encoding="utf-8")

    done = way_back.call("execute", "--yes", "--reason", "down for two minutes")

    assert done.returncode == 0, done.stdout
    assert [(phase["phase"], phase["alternative"]) for phase in way_back.events("phase.started")] == [
        ("phases/flag", "api"),
        ("phases/flag", "file"),
        ("phases/drain", ""),
        ("phases/service", "git"),
        ("phases/service", "backup"),
        ("verification", ""),
    ]
    finished = {step["step"]: step["result"] for step in way_back.events("step.finished")}
    assert finished["phases/flag/file/no-share-left"] == "not_needed"
    assert finished["phases/service/git/can-go-back"] == "failed"
    assert PREVIOUS in live_version(host)


def test_the_feature_flag_alone(way_back: Rollback, host: GenesisHost) -> None:
    done = way_back.call("execute", "--yes", "--scenario", "feature-flag", "--reason", "Phase 4 answers are wrong")

    assert done.returncode == 0, done.stdout
    assert RELEASE in live_version(host)
    with urlopen(f"{host.url}/metrics", timeout=2) as page:
        assert "phase_4_traffic_percentage 0" in page.read().decode()


def steps(way_back: Rollback, kind: str) -> set[str]:
    """The steps that there are events of a kind about."""
    return {data["step"] for data in way_back.events(kind)}


def phases(way_back: Rollback) -> list[str]:
    """The phases that were begun, with the alternative that each took."""
    started = way_back.events("phase.started")
    return ["/".join(filter(None, (data["phase"], data["alternative"]))) for data in started]


SQUATTER = """\
import socket, sys
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listens", flush=True)
while True:
    server.accept()[0].close()
"""


@pytest.mark.slow
def test_somebody_else_has_the_port_and_the_remedy_of_the_plan_frees_it(way_back: Rollback, host: GenesisHost) -> None:
    os.kill(int((host.state / "pid").read_text()), signal.SIGKILL)
    with subprocess.Popen([sys.executable, "-c", SQUATTER, str(host.port)], stdout=subprocess.PIPE) as squatter:
        assert squatter.stdout is not None
        assert squatter.stdout.readline() == b"listens\n"
        with way_back.at_terminal("execute", "--reason", "down for two minutes", "--no-ladder") as ann:
            ann.answer("Number", "0")
            ann.answer("the numbers of what is not", "")
            said = ann.answer("What now? a number runs that remedy", "1")
            assert "remedy 1: Port in use: end whoever listens" in said
            assert "No such process" not in said
            assert "Port in use: end whoever listens: passed" in ann.answer("What now?", "again")
            ann.answer("the numbers of what is not", "")
            code, seen = ann.end()
        assert code == 0, seen
        assert squatter.wait(timeout=60) == -signal.SIGTERM
    assert PREVIOUS in live_version(host)
    assert phases(way_back) == [
        "phases/flag/api",
        "phases/flag/file",
        "phases/drain",
        "phases/service/git",
        "phases/service/backup",
        "verification",
    ]
    [settled] = way_back.events("step.settled")
    assert (settled["step"], settled["how"], settled["by"]) == ("phases/service/backup/start-again", "person", "ann")


@pytest.mark.slow
def test_neither_git_nor_the_backup_helps_and_the_last_resort_builds_a_fresh_instance(
    way_back: Rollback, host: GenesisHost
) -> None:
    write(host.home / "service.py", "edited by hand")
    write(host.home / "data/users.json", "[]")
    archive = way_back.baseline / "work-tree.tar.gz"
    archive.write_bytes(archive.read_bytes()[:-200])

    with way_back.at_terminal("execute", "--reason", "error rate 4 %", "--no-ladder") as ann:
        ann.answer("Number", "0")
        ann.answer("the numbers of what is not", "")
        ann.answer("Go on all the same? Write the reason", "git may do")
        said = ann.answer("What now? a number runs that remedy", "5")
        assert "remedy 5: Get the previous commit from the repository" in said
        ann.answer("What now?", "stop")
        ann.answer("Begin the last resort? Write the reason", "neither option is possible")
        ann.answer("Who approves?", "dora")
        ann.answer("Add to the incident report", "yes")
        ann.answer("the numbers of what is not", "")
        code, seen = ann.end()

    assert code == 0, seen
    fresh = host.home.with_name("genesis-emergency")
    assert (fresh / "data/users.json").exists()
    assert PREVIOUS in live_version(host)
    assert (host.home / "service.py").read_text() == "edited by hand", "the failed system is kept for the investigation"
    last = ["isolate", "fresh-instance", "database", "recovered", "write-down"]
    assert phases(way_back)[-6:] == [*(f"last_resort/{name}" for name in last), "verification"]
    [decided] = way_back.events("last_resort.decided")
    assert decided == {"taken": True, "by": "ann", "reason": "neither option is possible"}
    assert way_back.events("run.finished")[0]["last_resort"] is True
