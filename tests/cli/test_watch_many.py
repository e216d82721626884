"""Many plans in one process: side by side, each with a log of its own, and metrics of the watch itself."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from rollback_gov.cli import watch_screen
from rollback_gov.cli.main import run
from tests.cli.test_watch import PLAN
from tests.servers import free_port
from tests.sources.web import Handler, Page, Web, serve


class Fleet:
    """A repository with several plans, each with an error rate of its own."""

    def __init__(self, root: Path, web: Web) -> None:
        self.root, self.web = root, web
        settings = root / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir()
        settings.write_text(f"environments: {{staging: {{class: staging, endpoints: {{api: '{web.url}'}}}}}}\n")

    def add(self, name: str, *, errors: str = "0.001", text: str = PLAN) -> Path:
        plan = self.root / "rollback" / name / "plan.yaml"
        plan.parent.mkdir(parents=True)
        plan.write_text(text.replace("op-7", name).replace("/errors", f"/{name}"))
        self.web.text(f"/{name}", errors)
        return plan

    def log(self, name: str) -> list[dict[str, object]]:
        path = self.root / "incidents" / f"watch-{name}-staging" / "decision.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()]

    def ticks(self, name: str) -> int:
        return sum(line["type"] == "tick" for line in self.log(name))


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fleet]:
    monkeypatch.chdir(tmp_path)
    with serve() as web:
        yield Fleet(tmp_path, web)


def test_one_rolls_back_and_the_others_are_watched_meanwhile(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    slow = PLAN.replace("echo undone > undone", "sleep 1; echo undone > undone")
    bad, good = fleet.add("op-1", errors="0.05", text=slow), fleet.add("op-2")
    assert run(["watch", "rollback", "-e", "staging", "--for", "3s"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert any("op-1" in line[:8] and line.endswith("errors: FIRED: 0.05 is above 0.01") for line in said)
    assert "The watch of op-1 is over: rolled back: passed." in said
    assert "The watch of op-2 is over: nothing fired." in said
    assert (bad.parent / "undone").exists()
    assert not (good.parent / "undone").exists()
    assert fleet.ticks("op-2") >= 5
    started = next(number for number, line in enumerate(fleet.log("op-1")) if line["type"] == "acted")
    during = [line["type"] for line in fleet.log("op-1")[started:]]
    assert "tick" in during, "what happens in the middle of a rollback is recorded"


def test_a_source_that_hangs_holds_up_no_other_plan(fleet: Fleet) -> None:
    """The watch is ended when the other plan's source has been read often enough."""
    patient = PLAN.replace("every: 100ms", "every: 2m").replace("path: /errors}", "path: /errors, timeout: 60s}")
    fleet.add("op-1", text=patient), fleet.add("op-2")
    fleet.web.pages["/op-1"] = Handler.say_nothing
    reading = count(1)

    def answer(handler: Handler) -> None:
        handler.answer(Page(body=b"0.001"))
        if next(reading) == 6:
            os.kill(os.getpid(), signal.SIGTERM)

    fleet.web.pages["/op-2"] = answer
    began = time.monotonic()
    assert run(["watch", "--all", "-e", "staging", "--for", "2m", "--mode", "observe"]) == 130
    assert time.monotonic() - began < 30, "half of what the first one hangs"
    assert fleet.ticks("op-2") >= 5


def test_what_cannot_be_watched_is_said_and_the_others_are(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.add("op-1")
    fleet.add("op-2", text="kind: [")
    fleet.add("op-3", text=PLAN[: PLAN.index("watch:")] + PLAN[PLAN.index("phases:") :])
    assert run(["watch", "rollback", "-e", "staging", "--once"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("WARNING: rollback/op-2/plan.yaml is not watched: ")
    assert said[1] == "Watching op-1 in staging:"
    assert not any("op-3" in line for line in said)


def test_two_plans_of_one_operation_are_wrong_usage(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    one, two = fleet.add("op-1"), fleet.add("op-2")
    two.write_text(one.read_text())
    assert run(["watch", "--all", "-e", "staging"]) == 2
    assert "are both of the operation op-1" in capsys.readouterr().err


def test_a_folder_without_plans_is_wrong_usage(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    (fleet.root / "rollback").mkdir()
    assert run(["watch", "rollback", "-e", "staging"]) == 2
    assert "There is no plan with triggers there" in capsys.readouterr().err


def test_json_says_whose_line_it_is(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.add("op-1"), fleet.add("op-2", errors="0.05")
    words = ["watch", "--all", "-e", "staging", "--mode", "observe", "--for", "1500ms", "--json"]
    assert run(words) == 1
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    for name in ("op-1", "op-2"):
        lines = [document["line"] for document in documents if document["operation"] == name and "line" in document]
        assert lines == fleet.log(name)
    assert {document["operation"]: document["exit"] for document in documents[-2:]} == {
        "op-1": "passed",
        "op-2": "findings",
    }


def test_a_heartbeat_counts(fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch_screen, "HEARTBEAT_SECONDS", 0.2)
    for name in ("op-1", "op-2", "op-3"):
        fleet.add(name)
    fleet.web.text("/op-2", "", status=500)
    run(["watch", "--all", "-e", "staging", "--mode", "observe", "--for", "2s"])
    beats = [line for line in capsys.readouterr().out.splitlines() if " of 3 quiet" in line]
    assert any(line.endswith("2 of 3 quiet · op-2: errors BLIND") for line in beats), beats


def scrape(port: int) -> dict[str, float]:
    """The metrics of a watch, as a Prometheus reads them."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_metrics_are_zero_from_the_beginning_and_count(fleet: Fleet) -> None:
    fleet.add("op-1"), fleet.add("op-2")
    port = free_port()
    words = ["watch", "--all", "-e", "staging", "--stay", "--metrics-listen", f"127.0.0.1:{port}"]
    process = subprocess.Popen(
        [sys.executable, "-m", "rollback_gov", *words],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        seen = wait_for(port, "ticks_total", 2)
        for name in ("op-1", "op-2"):
            which = f'environment="staging",operation="{name}"'
            for metric in ("fired_total", "missed_readings_total"):
                assert seen[f"rollback_gov_watch_{metric}{{{which}}}"] >= 0
            for action in ("rollback", "page"):
                label = f'action="{action}",{which}'
                assert seen[f"rollback_gov_watch_decisions_total{{{label}}}"] == 0
            label = f'{which},outcome="passed"'
            assert seen[f"rollback_gov_watch_outcomes_total{{{label}}}"] == 0
        fleet.web.text("/op-2", "0.05")
        which = 'environment="staging",operation="op-2"'
        after = wait_for(port, f'outcomes_total{{{which},outcome="passed"}}', 1)
        assert after[f"rollback_gov_watch_fired_total{{{which}}}"] == 1
        assert after[f"rollback_gov_watch_firing{{{which}}}"] == 1
        assert after[f"rollback_gov_watch_blind{{{which}}}"] == 0
        assert after[f'rollback_gov_watch_decisions_total{{action="rollback",{which}}}'] == 1
        assert after[f"rollback_gov_watch_last_tick_timestamp_seconds{{{which}}}"] > time.time() - 60
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 130, out
        assert "The watch of op-1 is over: stopped by SIGTERM" in out
    finally:
        process.kill()
        process.communicate()


def wait_for(port: int, name: str, least: float) -> dict[str, float]:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            seen = scrape(port)
        except OSError:
            seen = {}
        found = [value for key, value in seen.items() if key.startswith(f"rollback_gov_watch_{name}")]
        if found and min(found) >= least:
            return seen
        time.sleep(0.05)
    raise AssertionError(f"{name} did not reach {least}")


def test_a_port_that_is_taken_is_wrong_usage(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.add("op-1")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        assert run(["watch", "--all", "-e", "staging", "--metrics-listen", address]) == 2
    assert f"Cannot listen at {address}: " in capsys.readouterr().err


def test_without_the_library_metrics_are_wrong_usage(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fleet.add("op-1")
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert run(["watch", "--all", "-e", "staging", "--metrics-listen", "127.0.0.1:1"]) == 2
    assert "pip install 'rollback-gov[metrics]'" in capsys.readouterr().err
    assert not (fleet.root / "incidents").exists()


def test_the_switch_is_thrown_for_all_that_are_named(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.add("op-1"), fleet.add("op-2")
    assert run(["watch", "--all", "-e", "staging", "--disarm", "a drill", "--as", "ana"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{name} in staging: disarmed by ana: every rollback asks first" for name in ("op-1", "op-2")
    ]
    assert run(["watch", "rollback/op-1/plan.yaml", "-e", "staging", "--arm"]) == 0
    assert capsys.readouterr().out == "op-1 in staging: armed again\n"
