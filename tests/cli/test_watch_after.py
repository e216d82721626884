"""Watching after a rollback, with the real command line: it survives its process and never takes silence for good."""

from __future__ import annotations

import json
import os
import signal
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from rollback_gov.commands.watch_after import watch_after
from rollback_gov.commands.world import World
from rollback_gov.execution.console import SilentConsole
from rollback_gov.execution.stop import Stop
from rollback_gov.model.errors import Interrupted
from rollback_gov.triggers.line import read_lines
from tests.cli.room import ENVIRONMENTS, HEAD, QUICK, Room, wait_for
from tests.cli.test_watch import little_patience
from tests.execution.conftest import Hands
from tests.github.hub.server import serving
from tests.github.hub.state import Hub
from tests.reports.test_record import SCHEMA
from tests.sources.web import serve

CHECKS = """\
verification:
  checks:
    - {id: up, run: test -e up, timeout: 5s}
    - {id: pretty, run: test -e pretty, timeout: 5s, severity: warn}
"""
WINDOWS = "watch_after: [{name: settling, for: 3s, every: 1500ms, checks: [up, pretty]}]\n"


def room_with(root: Path, windows: str = WINDOWS, **settings: Any) -> Room:
    room = Room(root, QUICK + CHECKS + windows, **settings)
    (room.plan.parent / "up").touch()
    return room


def log(room: Room) -> list[dict[str, Any]]:
    path = room.incident / "watch_after.jsonl"
    whole = path.read_text().rpartition("\n")[0].splitlines() if path.exists() else []
    assert len(list(read_lines(whole))) == len(whole)
    return [json.loads(line) for line in whole]


def of(room: Room, kind: str) -> list[dict[str, Any]]:
    return [line["data"] for line in log(room) if line["type"] == kind]


def rolled_back(room: Room) -> str:
    """Run the plan, and give the run's id."""
    code, out, err = room.gov(*room.execute("--yes"))
    assert code == 0, err
    assert f"watch     rollback-gov watch --after {room.incident.name}\n" in out
    return room.incident.name


def test_execute_goes_straight_on_and_the_report_says_how_it_was(tmp_path: Path) -> None:
    room = room_with(tmp_path)
    code, out, err = room.gov(*room.execute("--yes", "--watch-after"))
    assert code == 0, out + err
    assert "Rollback PASSED" in out
    assert "settling 2 of 2: QUIET" in out
    assert "  settling: QUIET (2 of 2 looks quiet)\n" in out
    assert [data["result"] for data in of(room, "observed")] == ["quiet"] * 2
    assert of(room, "observed")[0]["checks"][1]["result"] == "failed", "a check that only warns alarms nobody"
    report = (room.incident / "incident_report.md").read_text()
    assert "### After the rollback" in report
    record = json.loads((room.incident / "incident.json").read_text())
    assert record["after"][0]["verdict"] == "quiet"
    assert record["times"]["stabilised"]["provenance"] == "derived"
    assert list(Draft7Validator(SCHEMA).iter_errors(record)) == []


def test_the_issue_says_in_the_end_how_the_windows_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = room_with(tmp_path, "watch_after: [{name: settling, for: 1s, every: 500ms, checks: [up]}]\n")
    run = rolled_back(room)
    with serving(Hub()) as hub:
        little_patience(hub, monkeypatch)
        hub.repository()
        assert room.gov("watch", "--after", run, "--to-github", "team/service")[0] == 0
        (issue,) = hub.repository().issues.values()
        assert issue.title == "Rollback of op-3 in production: passed"
        assert "settling" in issue.body.partition("### After the rollback")[2]
        hub.denied = {"issues"}
        issue.title = "another"
        code, _, errors = room.gov("watch", "--after", run, "--to-github", "team/service")
    assert (code, "NOTICE: GitHub does not show the incident. GitHub answered with status 403" in errors) == (0, True)
    code, _, errors = room.gov("watch", "--after", run, "--deployment")
    assert (code, "--deployment goes without --after" in errors) == (2, True)


def test_a_check_that_fails_later_is_an_alarm(tmp_path: Path) -> None:
    room = room_with(tmp_path)
    run = rolled_back(room)
    (room.plan.parent / "up").unlink()
    code, out, _ = room.gov("watch", "--after", run, "--json")
    document = json.loads(out)
    assert code == 1
    assert (document["run"], document["exit"]) == (run, "findings")
    (window,) = document["windows"]
    assert window["verdict"] == "alarmed"
    assert window["alarms"] == ["up is 1"]
    assert window["alarmed"] + window["missed"] == window["looks"] == 2
    again = room.gov("watch", "--after", run)
    assert again[0] == 1
    assert "  settling: ALARMED" in again[1]


class OneLook(SilentConsole):
    """Asks to stop after the first look."""

    def __init__(self, stop: Stop) -> None:
        self.stop = stop

    def say(self, text: str) -> None:
        if " 1 of " in text:
            self.stop.signal = "SIGTERM"


def test_what_nobody_looked_at_was_missed(tmp_path: Path) -> None:
    windows = "watch_after: [{name: settling, for: 16m, every: 1m, checks: [up]}]\n"
    room = room_with(tmp_path, windows)
    run, hands, stop = rolled_back(room), Hands(), Stop()
    hands.wall = datetime.fromisoformat(room.events()[-1]["at"])
    world = World(person="ann", environ=dict(os.environ), clock=hands, console=OneLook(stop), stop=stop)
    with pytest.raises(Interrupted, match="stopped by SIGTERM"):
        watch_after(run, room.incident.parent, {}, world)
    hands.sleep(330)
    (window,) = watch_after(run, room.incident.parent, {}, replace(world, stop=Stop(), console=SilentConsole())).windows
    assert (window.verdict, window.quiet, window.missed) == ("not measured", 12, 4)
    assert of(room, "missed") == [{"window": "settling", "first": 2, "last": 5}]
    assert len(of(room, "started")) == 1


def test_a_signal_ends_it_after_the_look_and_only_one_watches(tmp_path: Path) -> None:
    windows = "watch_after: [{name: day, for: 24h, every: 100ms, checks: [up]}]\n"
    room = room_with(tmp_path, windows)
    run = rolled_back(room)
    watch = room.process("watch", "--after", run)
    wait_for(lambda: (room.incident / "watch_after.jsonl").exists() and of(room, "observed"))
    code, _, err = room.gov("watch", "--after", run)
    assert code == 1
    assert f"Somebody watches after {run} already." in err
    watch.send_signal(signal.SIGTERM)
    _, err = watch.communicate(timeout=60)
    assert watch.returncode == 130
    assert f"Go on with: rollback-gov watch --after {run}" in err
    assert log(room)[-1]["type"] == "stopped"
    assert {data["result"] for data in of(room, "observed")} == {"quiet"}


def test_alerts_that_began_after_the_decision_alarm_and_older_ones_do_not(tmp_path: Path) -> None:
    windows = "watch_after: [{name: settling, for: 2s, every: 1s, alerts: {source: alertmanager, endpoint: am}}]\n"
    with serve() as web:
        where = f"environments: {{production: {{class: production, endpoints: {{am: '{web.url}'}}}}}}\n"
        web.json("/api/v2/alerts", [{"startsAt": "2020-01-01T00:00:00.000Z", "labels": {}}])
        old = room_with(tmp_path / "old", windows, environments=where)
        assert old.gov(*old.execute("--yes", "--watch-after"))[0] == 0
        web.json("/api/v2/alerts", [{"startsAt": "2099-01-01T00:00:00.123456789Z", "labels": {}}])
        new = room_with(tmp_path / "new", windows, environments=where)
        code, out, _ = new.gov(*new.execute("--yes", "--watch-after"))
    assert code == 1
    assert "1 alerts are active that began after the decision" in out


def test_what_cannot_be_evaluated_is_not_quiet(tmp_path: Path) -> None:
    windows = "watch_after: [{name: settling, for: 2s, every: 1s, alerts: {source: alertmanager, endpoint: am}}]\n"
    where = "environments: {production: {class: production, endpoints: {am: 'http://127.0.0.1:1'}}}\n"
    room = room_with(tmp_path, windows, environments=where)
    code, out, _ = room.gov(*room.execute("--yes", "--watch-after", "--json"))
    assert code == 1
    assert {data["result"] for data in of(room, "observed")} == {"unknown"}
    assert of(room, "observed")[0]["detail"].startswith("alerts: ")
    assert '"verdict": "not measured"' in out


@pytest.mark.parametrize(
    ("body", "words", "text"),
    [
        (QUICK, ("watch", "--after", "latest"), "The plan has no windows to watch after a rollback."),
        (
            QUICK.replace("echo v2", "exit 7") + WINDOWS.replace("up, pretty", ""),
            ("watch", "--after", "latest"),
            "ended: failed",
        ),
        (QUICK, ("watch",), "Name PLANS (or --all) and their --environment, or a run: --after RUN."),
    ],
)
def test_where_there_is_nothing_to_watch(tmp_path: Path, body: str, words: tuple[str, ...], text: str) -> None:
    room = Room(tmp_path, body)
    room.gov(*room.execute("--yes"))
    code, _, err = room.gov(*words)
    assert code == 2
    assert text in err


def test_other_windows_than_those_that_were_watched_are_refused(tmp_path: Path) -> None:
    room = room_with(tmp_path)
    assert room.gov(*room.execute("--yes", "--watch-after"))[0] == 0
    room.plan.write_text(HEAD + QUICK + CHECKS + WINDOWS.replace("every: 1500ms", "every: 500ms"))
    code, _, err = room.gov("watch", "--after", "latest")
    assert code == 1
    assert "The plan's windows have changed" in err


def test_a_damaged_log_is_named_with_its_line(tmp_path: Path) -> None:
    room = room_with(tmp_path)
    assert room.gov(*room.execute("--yes", "--watch-after"))[0] == 0
    path = room.incident / "watch_after.jsonl"
    path.write_text(path.read_text().replace('"number":1', '"number":9'))
    code, _, err = room.gov("watch", "--after", "latest")
    assert code == 2
    assert "watch_after.jsonl: Line 3 of the decision log does not follow" in err


def test_a_secret_in_what_was_seen_is_masked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checks = CHECKS.replace("run: test -e up", "run: 'test -e up; echo $API_TOKEN', expect: {stdout: {contains: xyz}}")
    room = Room(tmp_path, QUICK + WINDOWS + checks.replace("severity: warn", "severity: warn"), ENVIRONMENTS)
    monkeypatch.setenv("API_TOKEN", "hunter2hunter2xyz")
    (room.plan.parent / "up").touch()
    _, out, _ = room.gov(*room.execute("--yes", "--watch-after"))
    assert "settling" in out
    assert "hunter2" not in out
    assert "hunter2" not in (room.incident / "watch_after.jsonl").read_text()
