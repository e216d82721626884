"""A rollback never ends because a formality is missing: it goes on, it says so, and it is in the report."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from rollback_gov.commands.begin import RunOptions
from rollback_gov.commands.execute import execute
from rollback_gov.commands.target import Target
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import SystemClock
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans.load import load_plan
from tests.cli.room import ENVIRONMENTS, QUICK, Room
from tests.execution.test_attack import without_privileges
from tests.servers import free_port

STEPS = """\
phases:
  - id: back
    budget: 20s
    steps:
      - {id: first, run: echo first >> log, timeout: 5s}
      - {id: second, run: echo second >> log, timeout: 5s}
"""
PROMETHEUS = """\
capture: {budget: 3s, items: [{id: up, query: {source: metrics, expr: up}, save: up.txt}]}
phases:
  - id: back
    budget: 20s
    steps:
      - {id: first, run: echo first >> log, timeout: 5s}
      - {id: second, when: {query: {source: metrics, expr: errors}, expect: {above: 0}}, run: echo second >> log}
verification: {checks: [{id: errors, query: {source: metrics, expr: errors}, expect: {below: 1}, severity: warn}]}
"""
CHANNELS = """\
communication: {channels: [slack, pager, mail, hook]}
"""
SCENARIOS = """\
tools: [no-such-tool]
phases:
  - {id: back, budget: 20s, steps: [{id: first, run: echo first >> log}, {id: second, run: echo second >> log}]}
  - {id: rest, budget: 20s, steps: [{id: third, run: no-such-tool}]}
scenarios: [{id: small, use_when: Only the front, phases: [back]}]
"""
REPORT = "incident_report.md"


@dataclass(frozen=True, slots=True)
class Case:
    """What is missing, and what has to be said about it, in the report or in the journal."""

    body: str = STEPS
    arrange: Callable[[Room], None] = lambda room: None
    more: tuple[str, ...] = ()
    told: tuple[str, ...] = ()


Server = Callable[[], AbstractContextManager[str]]


def settings(where: str) -> str:
    """Sources and channels that all lead to one address."""
    host, port = where.split(":")
    return f"""\
environments:
  production:
    class: production
    sources: {{metrics: {{kind: prometheus, url: "http://{where}", timeout: 300ms}}}}
channels:
  slack: {{kind: slack, url_env: SLACK_URL}}
  pager: {{kind: pagerduty, url: "http://{where}", routing_key_env: PAGER_KEY}}
  mail: {{kind: email, smtp_host: {host}, smtp_port: {port}, sender: a@example.org, to: [b@example.org]}}
  hook: {{kind: webhook, url: "http://{where}"}}
"""


def damage(name: str, text: str) -> Callable[[Room], None]:
    def write(room: Room) -> None:
        (room.root / ".rollback-gov" / name).write_text(text, encoding="utf-8")

    return write


NOT_CHECKED = ("no valid permit", "overrode `permit`")
CASES = {
    "no permit at all": Case(told=NOT_CHECKED),
    "a trust file that is no YAML": Case(arrange=damage("trust.yaml", "["), told=NOT_CHECKED),
    "a trust file of bytes": Case(arrange=damage("trust.yaml", "\0"), told=NOT_CHECKED),
    "a policy that is no YAML": Case(arrange=damage("policy.yaml", "{"), told=NOT_CHECKED),
    "a policy of other keys": Case(arrange=damage("policy.yaml", "nonsense: true"), told=NOT_CHECKED),
    "waivers that are no YAML": Case(arrange=damage("waivers.yaml", "["), told=NOT_CHECKED),
    "a report that cannot be written": Case(
        body=STEPS + "      - {id: third, run: 'mkdir \"$INCIDENT_DIR/incident_report.md\"'}\n",
        told=("the report could not be written",),
    ),
    "a tool that only another scenario needs": Case(
        body=SCENARIOS, more=("--scenario", "small"), told=("no-such-tool",)
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_missing_formality_is_said_and_the_rollback_goes_on(tmp_path: Path, name: str) -> None:
    case = CASES[name]
    room = Room(tmp_path, case.body)
    case.arrange(room)
    said = goes_on(room, *case.more)
    report = room.incident / REPORT
    everything = said + (report.read_text(encoding="utf-8") if report.is_file() else "")
    assert [words for words in case.told if words not in everything] == []


def goes_on(room: Room, *more: str) -> str:
    """The rollback runs both steps and passes; gives what it printed."""
    code, out, errors = room.gov(*room.execute(*more))
    assert code == ExitCode.PASSED, out + errors
    assert "Traceback" not in out + errors
    assert log(room) == ["first", "second"]
    return out + errors


def log(room: Room) -> list[str]:
    return (room.plan.parent / "log").read_text(encoding="utf-8").split()


def test_the_report_names_the_tool_that_only_another_scenario_needs(tmp_path: Path) -> None:
    room = Room(tmp_path, SCENARIOS)
    goes_on(room, "--scenario", "small")
    report = (room.incident / REPORT).read_text(encoding="utf-8")
    assert "warning: no-such-tool is not on PATH; only steps that are not part of this run need it" in report


def test_the_report_says_that_nobody_was_at_a_terminal_to_be_asked(tmp_path: Path) -> None:
    checklists = "checklists: {before: [Alert confirmed], after: [Login works]}\n"
    room = Room(tmp_path, checklists + STEPS)
    process = room.process(*room.execute(), start_new_session=True)
    out, errors = process.communicate(timeout=60)
    assert process.returncode == ExitCode.PASSED, out + errors
    assert log(room) == ["first", "second"]
    report = (room.incident / REPORT).read_text(encoding="utf-8")
    assert "Alert confirmed: NOT done (nobody was there to tick it)" in report
    assert "Login works: NOT done (nobody was there to tick it)" in report


# Servers that are dead


@contextmanager
def dead() -> Iterator[str]:
    """Nobody listens."""
    yield f"127.0.0.1:{free_port()}"


@contextmanager
def mute() -> Iterator[str]:
    """Somebody accepts, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("server", [dead, mute])
def test_a_dead_prometheus_leaves_everything_unknown_and_stops_nothing(tmp_path: Path, server: Server) -> None:
    with server() as where:
        room = Room(tmp_path, PROMETHEUS, settings(where))
        goes_on(room)
    (capture,) = room.of("capture.finished")
    (check,) = room.of("check.finished")
    (warning,) = [data["message"] for data in room.of("warning")]
    assert (capture["result"], check["result"]) == ("failed", "unknown")
    assert "`when` could not be evaluated" in warning
    report = (room.incident / REPORT).read_text(encoding="utf-8")
    assert "unknown" in report.lower()
    assert "could not be evaluated" in report


@pytest.mark.parametrize("server", [dead, mute])
def test_dead_channels_are_recorded_and_stop_nothing(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rollback_gov.commands.messages.CLOSING_SECONDS", 0.5)
    with server() as where:
        monkeypatch.setenv("SLACK_URL", f"http://{where}/services/T/B/abcdef")
        monkeypatch.setenv("PAGER_KEY", "0123456789abcdef")
        room = Room(tmp_path, CHANNELS + STEPS, settings(where))
        goes_on(room)
    sent = room.of("message.sent")
    assert {data["channel"] for data in sent} == {"slack", "pager", "mail", "hook"}
    assert not any(data["delivered"] for data in sent)


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        (f"{ENVIRONMENTS}channels: {{mail: {{kind: email, from: a@example.org}}}}\n", "environments.yaml:2"),
        ("environments: {production: {class: production, channels: {mail: 3}}}\n", "environments.yaml:1"),
        ("environments: {production: {class: production, contacts: nobody}}\n", "environments.yaml:1"),
    ],
)
def test_a_channel_that_is_spelled_wrong_stops_nothing(tmp_path: Path, settings: str, place: str) -> None:
    room = Room(tmp_path, STEPS, settings)
    goes_on(room)
    (warning,) = (data["message"] for data in room.of("warning"))
    assert place in warning
    assert warning in (room.incident / REPORT).read_text(encoding="utf-8").replace("\\", "")


def test_an_environment_that_is_wrong_is_needed(tmp_path: Path) -> None:
    room = Room(tmp_path, STEPS, "environments: {production: {class: prod}}\n")
    assert room.gov(*room.execute("--yes"))[0] in (1, 2)


def test_messages_that_never_arrived_are_in_the_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rollback_gov.commands.messages.CLOSING_SECONDS", 1.0)
    with dead() as where:
        monkeypatch.setenv("SLACK_URL", f"http://{where}/services/T/B/abcdef")
        monkeypatch.setenv("PAGER_KEY", "0123456789abcdef")
        room = Room(tmp_path, CHANNELS + STEPS, settings(where))
        goes_on(room)
    assert not any(data["delivered"] for data in room.of("message.sent"))
    assert "to slack is NOT delivered" in (room.incident / REPORT).read_text(encoding="utf-8")


def test_a_safety_check_that_nobody_can_evaluate_asks_and_is_overridden(tmp_path: Path) -> None:
    safety = "safety_checks: [{id: up, query: {source: metrics, expr: up}, expect: {above: 0}}]\n"
    with dead() as where:
        room = Room(tmp_path, safety + STEPS, settings(where))
        code, _, errors = room.gov(*room.execute())
        assert code == ExitCode.FINDINGS
        assert "--override safety" in errors
        shutil.rmtree(room.root / "incidents")
        goes_on(room, "--override", "safety", "--override-reason", "Prometheus is down")
    report = (room.incident / REPORT).read_text(encoding="utf-8")
    assert "Prometheus is down" in report


# Machines that lack something


def without_path_of(folder: Path) -> Mapping[str, str]:
    """A PATH that begins with a folder that nobody may read, one that is not there, and one that is a file."""
    locked = folder / "locked"
    locked.mkdir(mode=0o000)
    (folder / "file").touch()
    return {"PATH": f"{locked}:{folder / 'nowhere'}:{folder / 'file'}::{os.environ['PATH']}"}


MACHINES: dict[str, Callable[[Path], Mapping[str, str | None]]] = {
    "no HOME": lambda folder: {"HOME": None},
    "a HOME that is not there": lambda folder: {"HOME": str(folder / "nowhere")},
    "LANG=C": lambda folder: {"LANG": "C", "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    "no locale of that name": lambda folder: {"LC_ALL": "xx_YY.UTF-8"},
    "a PATH with a folder that cannot be read": without_path_of,
    "no USER": lambda folder: {"USER": None, "LOGNAME": None},
    "no TMPDIR": lambda folder: {"TMPDIR": str(folder / "nowhere")},
    "a time zone that does not exist": lambda folder: {"TZ": "Nowhere/Land"},
    "TERM=dumb": lambda folder: {"TERM": "dumb", "COLUMNS": "0"},
    "no git": lambda folder: {"PATH": str(programs(folder))},
}


def programs(folder: Path) -> Path:
    """A folder with bash and touch, and no git."""
    bin_folder = folder / "bin"
    bin_folder.mkdir()
    for name in ("bash", "date", "cat", "sh"):
        (bin_folder / name).symlink_to(shutil.which(name) or f"/bin/{name}")
    return bin_folder


@pytest.mark.parametrize("machine", MACHINES)
def test_a_machine_that_lacks_something_still_rolls_back(tmp_path: Path, machine: str) -> None:
    room = Room(tmp_path / "room", STEPS.replace("budget: 20s", "budget: 20s\n    name: Zurück"))
    changes = MACHINES[machine](tmp_path)
    environ = {name: value for name, value in {**os.environ, **changes}.items() if value is not None}
    privileges = [shutil.which(word) or word for word in without_privileges()]
    command = [*privileges, sys.executable, "-m", "rollback_gov", *room.execute()]
    done = subprocess.run(command, cwd=room.root, env=environ, capture_output=True, check=False, timeout=60)
    said = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
    assert done.returncode == ExitCode.PASSED, said
    assert "Traceback" not in said
    assert log(room) == ["first", "second"]
    assert "Zurück" in (room.incident / REPORT).read_text(encoding="utf-8")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_without_a_terminal_or_with_its_files_closed_it_rolls_back(tmp_path: Path, closed: str) -> None:
    room = Room(tmp_path)
    room.plan.write_text(room.plan.read_text(encoding="utf-8").replace(QUICK, STEPS), encoding="utf-8")
    script = f'exec "$@" {closed}'
    command = ["setsid", "bash", "-c", script, "bash", sys.executable, "-m", "rollback_gov", *room.execute()]
    done = subprocess.run(command, cwd=room.root, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == ExitCode.PASSED, done.stdout + done.stderr
    assert log(room) == ["first", "second"]


# Clocks that are wrong


class Jumping(SystemClock):
    """A wall clock that is set to another time after its first few answers."""

    def __init__(self, shift: timedelta) -> None:
        self.shift = shift
        self.looks = 0

    def now(self) -> datetime:
        self.looks += 1
        return super().now() + (self.shift if self.looks > 14 else timedelta())


@pytest.mark.parametrize("shift", [timedelta(hours=-3), timedelta(days=400), timedelta(days=-20000)], ids=str)
def test_a_clock_that_is_set_during_the_run_ends_nothing(tmp_path: Path, shift: timedelta) -> None:
    room = Room(tmp_path, "timeout: {after: 5m, then: stop}\n" + STEPS)
    target = Target(loaded=load_plan(room.plan), workspace=Workspace.around(room.plan), environment="production")
    clock = Jumping(shift)
    world = World(person="ann", environ={"PATH": os.environ["PATH"]}, clock=clock)
    summary = execute(target, RunOptions(reason=RollbackReason(text="errors", decided_by="ann")), world)
    assert clock.looks > 20, "the clock was set in the middle"
    assert (summary.result.result, log(room)) == ("passed", ["first", "second"])
    assert 0 <= summary.result.seconds < 60
    assert summary.report.is_file()
