"""``fleet scan`` on the command line: what it prints and writes, what it ends with, and what survives its death."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest

from rollback_gov.cli.fleet_progress import Progress
from rollback_gov.cli.main import run
from rollback_gov.plans.schema import check_schema
from tests.cli.room import wait_for
from tests.github.fleets import STALE, TODAY, service
from tests.github.hub.server import serving
from tests.github.hub.state import Hub, Rate

ALL = ["--today", TODAY, "--per-minute", "0"]


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A GitHub with an organisation of two services."""
    monkeypatch.chdir(tmp_path)
    with serving(Hub()) as hub:
        service(hub, "team/good")
        service(hub, "team/old", rehearsed=(STALE,))
        for name, value in hub.environ.items():
            monkeypatch.setenv(name, value)
        yield hub


def test_people_read_what_could_not_be_rolled_back(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "scan", "team", *ALL]) == 1
    told = capsys.readouterr()
    first, *_, last = told.out.splitlines()
    assert first.startswith("not ready: team/old payment-service: level 2, achieves 1, rehearsed 30 days ago, too old")
    assert last.startswith("2 services in 2 repositories of team as of 2025-12-09T12:00:00Z: 1 not ready, 1 ready.")
    assert told.err == ""


def test_programs_and_spreadsheets_get_files(hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        run(["fleet", "scan", "team", *ALL, "-o", "json=fleet.json", "-o", "csv=fleet.csv", "--fail-on", "never"]) == 0
    )
    assert capsys.readouterr().out == ""
    document = json.loads((tmp_path / "fleet.json").read_text())
    assert check_schema("fleet-v1", document) == ()
    assert (document["exit_code"], document["summary"]["not_ready"]) == (0, 1)
    assert (tmp_path / "fleet.csv").read_bytes().count(b"\r\n") == 3


def test_json_goes_to_standard_output_too(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["fleet", "scan", "team", *ALL, "-o", "json"]) == 1
    assert json.loads(capsys.readouterr().out)["result"] == "findings"


def test_a_job_that_runs_every_night_fails_only_for_what_is_worse(hub: Hub) -> None:
    service(hub, "team/good", rehearsed=(f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}.000Z",))
    nightly = ["fleet", "scan", "team", "--per-minute", "0", "--state", "state", "--fail-on", "worse"]
    assert run(nightly) == 1
    assert run(nightly) == 0
    service(hub, "team/good", rehearsed=())
    assert run(nightly) == 1
    assert run(nightly) == 0


def test_a_file_names_the_repositories(hub: Hub, tmp_path: Path) -> None:
    (tmp_path / "repos.txt").write_text("team/good\n")
    assert run(["fleet", "scan", "--repos", "repos.txt", *ALL]) == 0
    assert run(["fleet", "scan", "team", *ALL, "--exclude", "*"]) == 3


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Name an organisation, or a file with --repos."),
        (["team", "--repos", "x"], "does not exist"),
        (["team", "--fail-on", "worse"], "name its --state"),
        (["team", "-o", "xml"], "There is no format 'xml'"),
        (["team", "--jobs", "99"], "99"),
        (["team", "--wait", "soon"], "soon"),
        (["nobody", "--per-minute", "0"], "'nobody' cannot be listed"),
        (["team", *ALL, "-o", "json=no/where.json"], "Cannot write 'no/where.json'"),
    ],
)
def test_wrong_usage_is_said(hub: Hub, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert run(["fleet", "scan", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_a_limit_ends_the_scan_with_the_time_to_come_back(hub: Hub, capsys: pytest.CaptureFixture[str]) -> None:
    hub.rate = Rate(limit=100, remaining=12, reset=int(datetime(2031, 1, 31, 12).timestamp()))
    assert run(["fleet", "scan", "team", *ALL, "--wait", "1s"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "used up until 2031-01-31T" in told.err
    assert "--state" in told.err


def test_progress_is_a_line_now_and_then_in_a_log() -> None:
    now, out = [0.0], StringIO()
    with Progress(out, clock=lambda: now[0]) as progress:
        for second in range(31):
            now[0] = float(second)
            progress.tell(second, 100, second * 2)
    assert out.getvalue().splitlines() == [
        "10 of 100 repositories, 20 requests",
        "20 of 100 repositories, 40 requests",
        "30 of 100 repositories, 60 requests",
    ]


def test_progress_is_one_line_on_a_terminal() -> None:
    class Terminal(StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    with Progress(out, clock=lambda: 0.0) as progress:
        progress.tell(100, 100, 20)
        progress.tell(5, 9, 7)
    first, second = "100 of 100 repositories, 20 requests", "5 of 9 repositories, 7 requests"
    assert out.getvalue() == f"\r{first}\r{second.ljust(len(first))}\r{' ' * len(second)}\r"


class Killed:
    """A scan in a process of its own, killed again and again at a moment that nobody chose."""

    def __init__(self, hub: Hub, folder: Path, seed: int) -> None:
        self._hub, self._folder, self._random = hub, folder, random.Random(seed)
        self._command = [sys.executable, "-m", "rollback_gov", "fleet", "scan", "team", *ALL, "--state", "state"]
        self._command += ["-o", "json=fleet.json", "--fail-on", "never", "--jobs", "2"]
        self._environ = {**os.environ, **hub.environ}

    def run_to_its_end(self) -> dict[str, object]:
        subprocess.run(self._command, cwd=self._folder, env=self._environ, check=True, capture_output=True)
        found: dict[str, object] = json.loads((self._folder / "fleet.json").read_text())
        return found

    def kill_one(self, after: int) -> set[str]:
        """Kill it some requests after its start, and give the repositories that are done by then."""
        before = len(self._hub.requests)
        child = subprocess.Popen(
            self._command, cwd=self._folder, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        wanted = before + self._random.randint(1, after)
        while len(self._hub.requests) < wanted and child.poll() is None:
            time.sleep(0.001)
        time.sleep(self._random.random() * 0.05)
        child.send_signal(signal.SIGKILL)
        child.wait()
        return self.done()

    def done(self) -> set[str]:
        """Give what the lines of the scan say is done."""
        file = self._folder / "state" / "scan.jsonl"
        lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
        told = (json.loads(line) for line in lines)
        return {line["done"]["asked"] for line in told if "done" in line}


def survive(hub: Hub, folder: Path, *, repositories: int, kills: int, seed: int) -> int:
    """Kill a scan at random moments: nothing that was done is asked for again, and the result is as without a death.

    Gives how many deaths left something done and something not.
    """
    halfway = 0
    for number in range(repositories):
        service(hub, f"team/s{number:04}", rehearsed=() if number % 3 else (STALE,))
    scan = Killed(hub, folder, seed)
    for _ in range(kills):
        done = scan.done()
        first = len(hub.requests)
        halfway += 0 < len(scan.kill_one(after=max(4, 4 * repositories // kills))) < repositories + 2
        again = {path for _, path in hub.requests[first:] for name in done if f"/{name}/" in path}
        assert again == set(), f"asked again for what was done (seed {seed})"
    done, first = scan.done(), len(hub.requests)
    interrupted = scan.run_to_its_end()
    assert not {path for _, path in hub.requests[first:] for name in done if f"/{name}/" in path}
    assert sum(path.endswith("/orgs/team/repos") for _, path in hub.requests) <= 2 * (1 + repositories // 100) + kills
    (folder / "fresh").mkdir()
    whole = Killed(hub, folder / "fresh", seed).run_to_its_end()
    assert interrupted["services"] == whole["services"]
    assert interrupted["repositories"] == whole["repositories"]
    left = {path.name for path in (folder / "state").iterdir()}
    assert left == {"lock", "repositories"}
    assert not list((folder / "state").rglob("*.part"))
    return halfway


SLOW = """
import os, sys, time
from rollback_gov.commands.fleet import scan

def judge(*_):
    os.write(1, b"judging\\n")
    time.sleep(300)

scan.judge_snapshot = judge
from rollback_gov.cli.main import run
run(sys.argv[1:])
"""


def test_a_scan_that_is_killed_while_it_judges_does_not_hold_its_folder(hub: Hub, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SLOW, "fleet", "scan", "team", *ALL, "--state", "state"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as scan:
        assert scan.stdout is not None
        assert scan.stdout.readline() == "judging\n"
        scan.kill()
        scan.wait()
        # Whatever was just being started when it died may have the folder for as long as starting takes.
        again = ["fleet", "scan", "team", *ALL, "--state", "state", "--fail-on", "never"]
        wait_for(lambda: run(again) == 0)
        for child in Path("/proc").glob("[0-9]*"):
            if is_left_by(child, str(tmp_path)):
                os.kill(int(child.name), signal.SIGKILL)


def is_left_by(process: Path, folder: str) -> bool:
    """Tell whether a process is one that the killed scan has left in this folder."""
    try:
        return str((process / "cwd").readlink()) == folder and b"judge_snapshot" in (process / "cmdline").read_bytes()
    except OSError:
        return False


def test_a_scan_survives_its_death(hub: Hub, tmp_path: Path) -> None:
    survive(hub, tmp_path, repositories=8, kills=2, seed=7)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_long_scan_survives_many_deaths(hub: Hub, tmp_path: Path, seed: int) -> None:
    assert survive(hub, tmp_path, repositories=150, kills=20, seed=seed) >= 10
