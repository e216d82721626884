"""The service as a process: it outlives its starter, never runs twice, and leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from tests.servers import free_port

from .environment import DEMO, DemoEnvironment, wait_until


def test_the_service_outlives_the_group_of_its_starter_and_holds_no_lock_of_it(
    staging: DemoEnvironment, tmp_path: Path
) -> None:
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        starter = subprocess.Popen(
            ["bash", "-c", f"{DEMO}/scripts/deploy.sh 1.0.0 && sleep 60"],
            env=staging.environ,
            stdout=subprocess.PIPE,
            pass_fds=[lock.fileno()],
            start_new_session=True,
        )
        assert starter.stdout is not None
        assert starter.stdout.readline().startswith(b"version 1.0.0 is healthy")
        os.killpg(starter.pid, signal.SIGKILL)
        # The pipe ends only if the service does not have it.
        assert starter.communicate(timeout=60)[0] == b""

    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    assert staging.version() == "1.0.0"


def test_a_port_on_which_something_else_listens_is_no_service(staging: DemoEnvironment) -> None:
    with socket.create_server(("127.0.0.1", staging.port)) as other:
        hangs_up = Thread(target=_accept_and_close, args=[other])
        hangs_up.start()

        refusal = staging.refuse("active-requests")

        hangs_up.join()
    assert f"The service on port {staging.port} gave no answer to GET /active" in refusal


def test_two_environments_live_beside_each_other(version_1: DemoEnvironment) -> None:
    production = DemoEnvironment(state=version_1.state, name="production", port=free_port())
    production.run("deploy", "2.0.0")
    try:
        production.place("Ada Lovelace")
        version_1.run("stop")

        assert production.version() == "2.0.0"
        assert (production.run("count-orders"), version_1.run("count-orders")) == ("1", "0")
    finally:
        production.run("tear-down")
    assert version_1.folder.exists()


def test_stopping_twice_is_fine(version_1: DemoEnvironment) -> None:
    assert [version_1.run("stop"), version_1.run("stop")] == ["stopped", "no service ran"]
    assert version_1.is_silent()
    assert f"No service answers on port {version_1.port}" in version_1.refuse("live-version")


def test_a_service_that_does_not_listen_to_reason_is_killed(version_1: DemoEnvironment) -> None:
    os.kill(version_1.pid, signal.SIGSTOP)

    assert version_1.run("stop") == "stopped"
    assert version_1.is_silent()


def test_a_pid_that_was_given_to_another_process_is_left_alone(version_1: DemoEnvironment) -> None:
    os.kill(version_1.pid, signal.SIGKILL)
    wait_until(version_1.is_silent)
    with subprocess.Popen(["sleep", "60"]) as innocent:
        (version_1.folder / "service.pid").write_text(f"{innocent.pid}\n")

        assert version_1.run("stop") == "no service ran"

        assert innocent.poll() is None
        innocent.kill()
    version_1.run("deploy", "1.0.0")


def test_an_environment_runs_one_service(version_1: DemoEnvironment) -> None:
    second = subprocess.run(
        ["bash", "-c", f"source {DEMO}/scripts/common.sh; service process serve 1.0.0"],
        env=version_1.environ | {"PORT": str(free_port())},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert second.returncode == 1
    assert "A service runs already" in second.stderr
    assert version_1.version() == "1.0.0"


def test_a_port_that_is_taken_is_said_before_anything_is_migrated(staging: DemoEnvironment) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", staging.port))
        other.listen()

        refusal = staging.refuse("deploy", "2.0.0")

    assert f"Version 2.0.0 did not start: error: Port {staging.port} cannot be used: Address already in use" in refusal
    assert not (staging.folder / "current-version").exists()
    assert not staging.database.exists()


def test_a_version_that_does_not_get_healthy_is_not_left_behind(version_1: DemoEnvironment) -> None:
    with closing(sqlite3.connect(version_1.database, isolation_level=None)) as blocker:
        blocker.execute("BEGIN IMMEDIATE")

        refusal = version_1.refuse("deploy", "2.0.0", "--within", "0.6")

    assert "Version 2.0.0 did not start: not healthy within 0.6 s" in refusal
    assert version_1.is_silent()
    assert version_1.run("schema-version") == "1"
    assert (version_1.folder / "current-version").read_text() == "1.0.0\n"


def test_tear_down_deletes_its_own_and_nothing_else(version_1: DemoEnvironment) -> None:
    notes = version_1.folder / "notes.txt"
    notes.write_text("mine")

    assert version_1.run("tear-down") == f"{version_1.folder} keeps notes.txt"
    assert version_1.is_silent()
    assert [file.name for file in version_1.folder.iterdir()] == ["notes.txt"]
    notes.unlink()
    assert version_1.run("tear-down") == version_1.run("tear-down") == f"{version_1.folder} is gone"
    assert not version_1.folder.exists()


@pytest.mark.parametrize(
    ("variable", "value"),
    [("ENVIRONMENT", ""), ("ENVIRONMENT", "../etc"), ("PORT", ""), ("PORT", "http"), ("PORT", "0"), ("PORT", "65536")],
)
def test_an_environment_has_to_be_named(staging: DemoEnvironment, variable: str, value: str) -> None:
    done = subprocess.run(
        [DEMO / "scripts" / "count-orders.sh"],
        env=staging.environ | {variable: value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {variable} is {value!r}: set it to ")


def _accept_and_close(listener: socket.socket) -> None:
    connection, _ = listener.accept()
    connection.close()
