"""``rollback-gov watch`` from the outside: its lines, its JSON, its exit codes, signals, and a real rollback."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from rollback_gov.cli import watch_screen
from rollback_gov.cli.main import run
from rollback_gov.github.deployments import KEY
from tests.github.hub.deployments import deployed
from tests.github.hub.server import serving
from tests.github.hub.state import Hub
from tests.sources.web import Web, serve

PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Orders 2.0, owner: orders, level: 2}
point_of_no_return: {none: stateless}
watch: {every: 100ms, mode: auto}
triggers:
  - {id: errors, query: {source: http, endpoint: api, path: /errors}, above: 1%, for: 200ms, max_gap: 1m}
  - {id: users, query: {source: manual, signal: user_reports}, above: 10}
phases: [{id: undo, budget: 1m, steps: [{id: undo, run: echo undone > undone, timeout: 10s}]}]
"""


@dataclass
class Repository:
    """A plan, its environment, and the server that it watches."""

    root: Path
    web: Web

    @property
    def plan(self) -> Path:
        return self.root / "rollback" / "op-7" / "plan.yaml"

    def command(self, *more: str) -> list[str]:
        return ["watch", str(self.plan), "--environment", "staging", *more]

    def start(self, *more: str, **settings: Any) -> subprocess.Popen[str]:
        """Start a watch as a process of its own."""
        words = [sys.executable, "-m", "rollback_gov", *self.command(*more)]
        return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **settings)

    @property
    def decisions(self) -> list[dict[str, Any]]:
        path = self.root / "incidents" / "watch-op-7-staging" / "decision.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    @property
    def undone(self) -> bool:
        return (self.plan.parent / "undone").exists()


@pytest.fixture
def repository(tmp_path: Path) -> Iterator[Repository]:
    with serve() as web:
        made = Repository(tmp_path, web)
        made.plan.parent.mkdir(parents=True)
        made.plan.write_text(PLAN)
        settings = tmp_path / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir()
        settings.write_text(f"environments: {{staging: {{class: staging, endpoints: {{api: '{web.url}'}}}}}}\n")
        web.text("/errors", "0.001")
        yield made


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


INTRODUCTION = [
    "Watching op-7 in staging:",
    "  errors: fires when http at api/errors is above 0.01 for 200ms, read every 100ms; "
    "readings that cannot be evaluated freeze it; 1m without a reading start it anew",
    "  users: fires when the number of user_reports reports is above 10 at one reading, read every 100ms; "
    "readings that cannot be evaluated freeze it",
    "What follows:",
    "  any trigger that fires: rollback",
]


def test_explain_says_when_and_what_and_reads_nothing(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(repository.command("--explain")) == 0
    conduct = "a rollback or mitigation (mode auto): it is run without asking"
    assert lines(capsys) == [*INTRODUCTION, f"  {conduct}"]
    assert run(repository.command("--explain", "--json")) == 0
    (document,) = map(json.loads, lines(capsys))
    assert [f"  {trigger['sentence']}" for trigger in document["triggers"]] == INTRODUCTION[1:-2]
    assert (document["operation"], document["environment"], document["conduct"]) == ("op-7", "staging", conduct)
    assert repository.web.asked == []
    assert not (repository.root / "incidents").exists()


def test_nothing_fires(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(repository.command("--for", "300ms")) == 0
    assert lines(capsys)[-1] == "The watch is over: nothing fired."


def test_a_breach_runs_the_plan(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.web.text("/errors", "0.05")
    assert run(repository.command("--for", "20s")) == 0
    said = lines(capsys)
    assert any(line.endswith("errors: FIRED: 0.05 is above 0.01") for line in said)
    assert "Rollback PASSED" in said
    assert said[-1] == "The watch is over: rolled back: passed."
    assert repository.undone
    (journal,) = (repository.root / "incidents").glob("op-7-*-execute/journal.jsonl")
    started = json.loads(journal.read_text().splitlines()[0])["data"]
    assert started["reason"]["trigger"] == "errors"
    assert started["reason"]["text"] == "errors: 0.05 is above 0.01 for 200ms"


def test_a_rollback_that_it_begins_is_shown_on_github(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Hub()) as hub:
        little_patience(hub, monkeypatch)
        before = deployed(hub.repository(), "v2", "staging", payload={KEY: SUBJECT})
        repository.web.text("/errors", "0.05")
        words = ("--for", "20s", "--to-github", "team/service", "--deployment")
        assert run(repository.command(*words)) == 0
        (issue,) = hub.repository().issues.values()
        assert issue.title == "Rollback of op-7 in staging: passed"
        assert "errors: 0.05 is above 0.01 for 200ms" in issue.body
        assert before.states == ["failure", "inactive"]
    assert "NOTICE: Which commit came back is not known" in capsys.readouterr().err


def test_a_github_that_refuses_delays_no_rollback(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(Hub()) as hub:
        little_patience(hub, monkeypatch)
        hub.repository()
        hub.denied = {"issues"}
        repository.web.text("/errors", "0.05")
        assert run(repository.command("--for", "20s", "--to-github", "team/service")) == 0
    assert repository.undone
    assert "NOTICE: GitHub does not show the incident." in capsys.readouterr().err


SUBJECT = {"operation": "op-7", "identity": "p", "services": []}


def little_patience(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command line speak to this GitHub, and wait for nothing."""
    monkeypatch.setattr("rollback_gov.github.patience.BACKOFF_SECONDS", 0.001)
    monkeypatch.setattr("rollback_gov.github.connection.PACE_SECONDS", 0.0)
    monkeypatch.setattr("rollback_gov.commands.run_on_github.PAUSE_SECONDS", 0.0)
    for name, value in {**hub.environ, "GITHUB_REPOSITORY": "team/service"}.items():
        monkeypatch.setenv(name, value)


def test_a_plan_that_fails_ends_with_5(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.plan.write_text(PLAN.replace("echo undone > undone", "exit 3"))
    repository.web.text("/errors", "0.05")
    assert run(repository.command("--for", "20s")) == 5
    assert lines(capsys)[-1] == "The watch is over: rolled back: failed."


def test_observe_tells_how(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.web.text("/errors", "0.05")
    assert run(repository.command("--mode", "observe", "--for", "20s")) == 1
    said = lines(capsys)
    assert said[-2].startswith(f"To do it: rollback-gov execute {repository.plan} --environment staging --reason")
    assert said[-1] == "The watch is over: a rollback is called for; it was only told."
    assert not repository.undone


def test_confirm_without_a_terminal_tells_how(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.web.text("/errors", "0.05")
    assert run(repository.command("--mode", "confirm", "--for", "20s")) == 1
    assert "There is no terminal to ask on." in lines(capsys)


def test_json_is_the_decision_log_and_a_result(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.web.text("/errors", "0.05")
    assert run(repository.command("--json", "--for", "20s")) == 0
    documents = [json.loads(line) for line in lines(capsys)]
    assert documents[:-1] == repository.decisions
    result = documents[-1]
    assert (result["type"], result["exit"], result["fired"]) == ("result", "passed", ["errors"])
    assert [entry["result"] for entry in result["runs"]] == ["passed"]


def test_once(repository: Repository) -> None:
    assert run(repository.command("--once")) == 0
    assert [line["type"] for line in repository.decisions] == ["started", "tick", "ended"]


def test_every_is_for_triggers_without_an_own_interval(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(repository.command("--explain", "--every", "7s")) == 0
    assert "read every 7s" in lines(capsys)[1]


def test_reports_of_people_are_written_down_and_fire(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["observe", str(repository.plan), "user_reports", "11", "-e", "staging", "--as", "bo"]) == 0
    path = repository.root / "incidents" / "watch-op-7-staging" / "reports.jsonl"
    assert lines(capsys) == [f"11 user_reports written to {path}"]
    assert json.loads(path.read_text())["by"] == "bo"
    assert run(repository.command("--mode", "observe", "--for", "20s")) == 1
    assert any("users: FIRED: 11 is above 10" in line for line in lines(capsys))


def test_what_was_reported_before_a_rollback_does_not_roll_back_again(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = repository.root / "incidents" / "watch-op-7-staging"
    assert run(["observe", str(repository.plan), "user_reports", "11", "-e", "staging", "--as", "bo"]) == 0
    assert run(repository.command("--for", "20s")) == 0
    assert lines(capsys)[-1] == "The watch is over: rolled back: passed."
    assert run(repository.command("--once")) == 0
    said = lines(capsys)
    (kept,) = folder.glob("reports.before-*.jsonl")
    assert f"what people reported before counts no more; it is kept in {kept.name}" in said
    assert said[-1] == "The watch is over: nothing fired."
    assert not (folder / "reports.jsonl").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["op-7", "user_reports", "many"], "'many' is not a valid integer"),
        (["op-7", "complaints", "1"], "No trigger of the plan reads a signal 'complaints' (known: user_reports)"),
        (["op-8", "user_reports"], "There is no plan of the operation 'op-8'"),
    ],
)
def test_observing_wrongly(
    repository: Repository,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    message: str,
) -> None:
    monkeypatch.chdir(repository.root)
    assert run(["observe", *words, "-e", "staging"]) == 2
    assert message in capsys.readouterr().err


def test_observing_names_the_operation_and_means_one(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repository.plan.parent)
    assert run(["observe", "op-7", "user_reports", "-e", "staging", "--as", "bo"]) == 0
    assert run(["observe", "op-7", "user_reports", "-e", "nowhere"]) == 2
    kept = (repository.root / "incidents" / "watch-op-7-staging" / "reports.jsonl").read_text().splitlines()
    assert [json.loads(line)["count"] for line in kept] == [1]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--every", "often"], "'often' is not a duration"),
        (["--for", "0s"], "It must be longer than nothing"),
        (["--mode", "yolo"], "'yolo' is not one of"),
        (["--arm", "--disarm", "a drill"], "Say --arm or --disarm, not both"),
        (["--disarm", ""], "Say why they are switched off"),
        (["--disarm", " "], "Say why they are switched off"),
        (["--metrics-listen", "9464"], "'9464' is no address to listen at"),
        (["--metrics-listen", "127.0.0.1:many"], "is no address to listen at"),
        (["--metrics-listen", "127.0.0.1:99999"], "Cannot listen at 127.0.0.1:99999"),
        (["--lease", "redis:0"], "'redis' is no place for leases"),
        (["--override", "permit"], "An override needs a reason"),
    ],
)
def test_wrong_usage(
    repository: Repository, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    assert run(repository.command(*options)) == 2
    assert message in capsys.readouterr().err


def test_a_plan_without_triggers_and_an_unknown_environment_are_wrong_usage(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["watch", str(repository.plan), "--environment", "production", "--once"]) == 2
    assert "There is no environment 'production'" in capsys.readouterr().err
    repository.plan.write_text(PLAN[: PLAN.index("watch:")] + PLAN[PLAN.index("phases:") :])
    assert run(repository.command()) == 2
    assert "there is nothing to watch" in capsys.readouterr().err


def test_a_heartbeat_says_how_it_stands(
    repository: Repository, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch_screen, "HEARTBEAT_SECONDS", 0.25)
    assert run(repository.command("--for", "1s")) == 0
    beats = [line for line in lines(capsys) if line.endswith(" errors ok · users ok")]
    assert 1 <= len(beats) <= 4


def wait_for(process: subprocess.Popen[str], text: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if text in line:
            return
    raise AssertionError(f"the watch ended without saying {text!r}")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signals_end_it_after_the_tick(repository: Repository, number: signal.Signals) -> None:
    repository.web.text("/errors", "0.05")
    repository.plan.write_text(PLAN.replace("for: 200ms", "for: 1h"))
    process = repository.start()
    wait_for(process, "errors: breach")
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.splitlines()[-1].startswith(f"The watch is over: stopped by {number.name};")
    assert repository.decisions[-1]["type"] == "ended"


def test_a_watch_that_was_killed_goes_on(repository: Repository) -> None:
    repository.web.text("/errors", "0.05")
    repository.plan.write_text(PLAN.replace("for: 200ms", "for: 500ms"))
    process = repository.start()
    wait_for(process, "errors: breach")
    time.sleep(0.25)
    process.kill()
    process.communicate()
    ticks = sum(line["type"] == "tick" for line in repository.decisions)
    again = repository.start()
    out, err = again.communicate(timeout=60)
    assert again.returncode == 0, out + err
    assert "errors: breach" not in out
    second = [line for line in repository.decisions[ticks + 1 :] if line["type"] == "tick"]
    assert second[0]["data"]["triggers"]["errors"]["before"]["held"] >= 100
    assert repository.undone


class Person:
    """Sits at a terminal: sees what is shown, and types an answer when a text appears."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.master, slave = pty.openpty()
        self.files = [os.fdopen(slave, "w", encoding="utf-8"), os.fdopen(os.dup(slave), "r", encoding="utf-8")]
        monkeypatch.setattr(sys, "stdout", self.files[0])
        monkeypatch.setattr(sys, "stdin", self.files[1])
        self.seen, self.reactions = "", list[tuple[str, Callable[[], object]]]()
        self.thread = Thread(target=self.look, daemon=True)
        self.thread.start()

    def when(self, text: str, react: Callable[[], object]) -> None:
        self.reactions.append((text, react))

    def types(self, text: str) -> None:
        os.write(self.master, text.encode())

    def look(self) -> None:
        with suppress(OSError):
            while True:
                self.seen += os.read(self.master, 65_536).decode("utf-8", "replace")
                if self.reactions and self.reactions[0][0] in self.seen:
                    self.reactions.pop(0)[1]()

    def leave(self) -> str:
        for file in self.files:
            file.close()
        self.thread.join(60)
        os.close(self.master)
        return self.seen


def test_on_a_terminal_one_line_shows_how_it_stands_and_a_person_is_asked(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.plan.write_text(
        PLAN.replace("mode: auto", "mode: confirm").replace("echo undone", "echo out; echo undone")
    )
    person = Person(monkeypatch)
    person.when("errors ok · users ok", lambda: repository.web.text("/errors", "0.05"))
    person.when("Roll back op-7 in staging now? yes/no", lambda: person.types("yes\n"))
    code = run(repository.command("--for", "20s"))
    monkeypatch.undo()
    seen = person.leave()
    assert code == 0, seen
    assert "\r\x1b[K" in seen
    assert "    | out" in seen
    assert "Rollback PASSED" in seen
    assert repository.undone
