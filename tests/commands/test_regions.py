"""A rollback of several regions in one process, through the command line, with real steps."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.regions import lanes_in
from rollback_gov.commands.runs import find_run
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import Room, at_terminal, wait_for

REGIONS = """\
regions:
  order: [asia, america, europe]
  strategy: {max_parallel: 1, gate_between: none, max_failures: 0}
  parameters: {asia: {HOST: as}, america: {HOST: am}, europe: {HOST: eu}}
parameters: {HOST: {default: nowhere}}
"""
STEPS = """\
phases:
  - id: back
    steps:
      - {id: note, run: 'echo "$HOST $RUN_ID" >> log; echo "output of $HOST"', timeout: 20s}
      - {id: go, run: 'until test -e "go-$HOST"; do sleep 0.02; done; test ! -e "fail-$HOST"', timeout: 20s}
verification: {checks: [{id: noted, run: 'grep -q "^$HOST " log'}]}
"""


def room(root: Path, **strategy: Any) -> Room:
    """A plan whose every region waits for the file ``go-HOST`` and fails where there is ``fail-HOST``."""
    given = {"max_parallel": 1, "gate_between": "none", "max_failures": 0} | strategy
    words = ", ".join(f"{name}: {value}" for name, value in given.items())
    return Room(root, re.sub(r"strategy: \{.*\}", f"strategy: {{{words}}}", REGIONS) + STEPS)


def let(room: Room, *hosts: str, fail: str = "") -> None:
    for host in hosts:
        if host in fail:
            (room.plan.parent / f"fail-{host}").touch()
        (room.plan.parent / f"go-{host}").touch()


def hosts(room: Room) -> list[str]:
    log = room.plan.parent / "log"
    return [line.split()[0] for line in log.read_text().splitlines()] if log.exists() else []


def region_ends(room: Room) -> dict[str, str]:
    return {data["region"]: data["result"] for data in room.of("region.finished")}


def stream(room: Room, region: str) -> list[Mapping[str, Any]]:
    return [{"type": event.type, **event.data} for event in read_journal(room.incident / "regions" / region / FILE)]


def test_all_regions_are_rolled_back_one_after_the_other(tmp_path: Path) -> None:
    here = room(tmp_path)
    let(here, "as", "am", "eu")
    code, out, err = here.gov(*here.execute())
    assert (code, err) == (0, "")
    assert hosts(here) == ["as", "am", "eu"]
    assert region_ends(here) == {"asia": "passed", "america": "passed", "europe": "passed"}
    run = here.incident.name
    for region, host in (("asia", "as"), ("america", "am"), ("europe", "eu")):
        events = stream(here, region)
        started = next(event for event in events if event["type"] == "run.started")
        assert (started["run"], started["region"], started["sla_seconds"]) == (f"{run}.{region}", region, 60)
        assert started["parameters"] == {"HOST": host}
        folder = here.incident / "regions" / region
        assert (folder / "outputs" / "phases.back.note.1.out").read_text() == f"output of {host}\n"
        assert f"region `{region}`" in (folder / "incident_report.md").read_text()
        assert re.search(rf"^  {region} +passed in .* of 1m \(SLA met\)$", out, re.M)
    assert "[asia]     | output of as\n" in out
    assert all(re.match(r"\[(asia|america|europe)\] |\S|  |$", line) for line in out.splitlines())


def test_the_clock_of_a_region_begins_when_it_may_begin(tmp_path: Path) -> None:
    here = room(tmp_path)
    let(here, "as", "am", "eu")
    here.gov(*here.execute())
    started, regions = here.of("run.started")[0], here.of("region.started")
    assert regions[0]["decided_at"] == started["decided_at"]
    ends = [event["at"] for event in here.events() if event["type"] == "region.finished"]
    assert ends[0] <= regions[1]["decided_at"] <= ends[1] <= regions[2]["decided_at"]
    assert started["sla_seconds"] == 0
    assert here.of("run.finished")[0]["sla_met"] is True


def test_a_gate_between_regions_has_the_deadline_of_the_plan(tmp_path: Path) -> None:
    here = room(tmp_path, gate_between="approval", gate_deadline="100ms")
    let(here, "as", "am", "eu")
    code, out, _ = here.gov(*here.execute("--yes", "--no-ladder"))
    assert code == ExitCode.ROLLBACK_FAILED
    assert "europe   not started: the gate regions/before-america was not approved (deadline)" in out
    assert here.of("run.started")[0]["strategy"]["gate_deadline"] == "100ms"


def test_a_region_that_fails_stops_those_to_come(tmp_path: Path) -> None:
    here = room(tmp_path)
    let(here, "as", "am", "eu", fail="am")
    code, out, _ = here.gov(*here.execute())
    assert code == ExitCode.ROLLBACK_FAILED
    assert hosts(here) == ["as", "am"]
    (left,) = here.of("region.not_started")
    assert (left["region"], left["reason"]) == ("europe", "failures")
    assert here.of("run.finished")[0]["detail"] == "america failed, europe not rolled back"
    assert "  europe   not started: america failed, and the plan goes on after none" in out
    document = json.loads(here.gov("status", "--json")[1])
    assert [(lane["region"], lane["state"]) for lane in document["regions"]] == [
        ("asia", "passed"),
        ("america", "failed"),
        ("europe", "not started"),
    ]
    assert document["phases"] == []
    said = here.gov("status")[1]
    assert "america  failed in" in said
    assert "regions/america" not in said, "a region is listed once"


def test_what_runs_is_seen_through_when_another_region_fails(tmp_path: Path) -> None:
    here = room(tmp_path, max_parallel=2)
    let(here, "as", fail="as")
    process = here.process(*here.execute("--yes"))
    wait_for(lambda: here.of("region.not_started"))
    let(here, "am")
    out, _ = process.communicate(timeout=30)
    assert process.returncode == ExitCode.ROLLBACK_FAILED
    assert region_ends(here) == {"asia": "failed", "america": "passed"}
    assert "europe" not in region_ends(here)
    assert "[asia] " in out


def test_one_region_alone(tmp_path: Path) -> None:
    here = room(tmp_path)
    let(here, "am")
    assert here.gov(*here.execute("--region", "america"))[0] == 0
    assert hosts(here) == ["am"]
    assert here.of("run.started")[0]["region"] == "america"
    assert not (here.incident / "regions").exists()


def test_a_gate_between_regions_is_answered_from_elsewhere(tmp_path: Path) -> None:
    here = room(tmp_path, gate_between="approval", max_parallel=2)
    let(here, "as", "am", "eu")
    process = here.process(*here.execute("--yes"))
    wait_for(lambda: here.of("gate.waiting"))
    (gate,) = here.of("gate.waiting")
    assert gate["step"] == "regions/before-europe"
    assert gate["ask"] == "asia passed, america passed. Go on with europe?"
    assert here.gov("approve", here.incident.name, "--as", "ann")[0] == ExitCode.FINDINGS, "whoever started it"
    assert here.gov("approve", here.incident.name, "before-europe", "--as", "ben")[0] == 0
    process.communicate(timeout=30)
    assert process.returncode == 0
    assert sorted(hosts(here)) == ["am", "as", "eu"]
    assert here.of("gate.decided")[0]["by"] == "ben"


def test_a_denied_gate_leaves_the_others_as_they_are(tmp_path: Path) -> None:
    here = room(tmp_path, gate_between="approval")
    let(here, "as", "am", "eu")
    process = here.process(*here.execute("--yes"))
    wait_for(lambda: here.of("gate.waiting"))
    assert here.gov("approve", here.incident.name, "--deny", "--as", "ben")[0] == 0
    process.communicate(timeout=30)
    assert process.returncode == ExitCode.ROLLBACK_FAILED
    assert hosts(here) == ["as"]
    assert [data["reason"] for data in here.of("region.not_started")] == ["gate", "gate"]


def test_at_a_terminal_the_gate_is_asked_there(tmp_path: Path) -> None:
    here = room(tmp_path, gate_between="approval")
    let(here, "as", "am", "eu", fail="am")
    with at_terminal(here, *here.execute()) as seat:
        seat.read_until("asia passed. Go on with america? Who approves?")
        seat.type("ben")
        code, seen = seat.end()
    assert code == ExitCode.ROLLBACK_FAILED
    assert "[america]     | output of am" in seen


def test_a_killed_run_goes_on_in_every_region(tmp_path: Path) -> None:
    here = room(tmp_path, max_parallel=2)
    let(here, "as")
    process = here.process(*here.execute("--yes"))
    wait_for(lambda: len(here.of("region.started")) == 3)
    wait_for(lambda: len(list(here.incident.glob("regions/*/.state/*go*/*/process"))) == 2)
    process.kill()
    process.communicate()
    let(here, "am", "eu")
    code, _, err = here.gov("resume", "latest", "--yes")
    assert (code, err) == (0, "")
    assert sorted(hosts(here)) == ["am", "as", "eu"], "no step ran twice"
    assert region_ends(here) == {"asia": "passed", "america": "passed", "europe": "passed"}
    recovered = [event["recovered"] for event in stream(here, "europe") if event["type"] == "step.finished"]
    assert recovered[1] in ("adopted", "found")
    assert here.of("run.resumed")[0]["by"]
    assert here.gov("resume", here.incident.name)[0] == ExitCode.USAGE


def test_an_interrupted_run_says_what_is_open_and_goes_on(tmp_path: Path) -> None:
    here = room(tmp_path)
    let(here, "as")
    process = here.process(*here.execute("--yes"))
    wait_for(lambda: "am" in hosts(here))
    wait_for(lambda: stream(here, "america")[-1].get("step") == "phases/back/go")
    process.send_signal(signal.SIGTERM)
    _, err = process.communicate(timeout=30)
    assert process.returncode == ExitCode.INTERRUPTED
    assert "was interrupted by SIGTERM; nothing of it is lost" in err
    assert f"rollback-gov resume {here.incident.name}\n" in err
    assert lanes_in(here.incident)[1].state == "waits"
    let(here, "am", "eu")
    code, _, err = here.gov("resume", "latest", "--yes")
    assert code == ExitCode.FINDINGS, "the step that was cut off is not repeated in silence"
    assert f"rollback-gov resume {here.incident.name}.america --settle phases/back/go=done|again|abort" in err
    assert here.gov("resume", "latest", "--settle", "phases/back/go=again")[0] == ExitCode.USAGE
    run = f"{here.incident.name}.america"
    assert here.gov("resume", run, "--yes", "--settle", "phases/back/go=again")[0] == 0
    assert hosts(here) == ["as", "am", "eu"]


def test_a_region_of_a_run_is_found_by_its_own_id(tmp_path: Path) -> None:
    here = room(tmp_path)
    let(here, "as", "am", "eu")
    here.gov(*here.execute())
    run = f"{here.incident.name}.america"
    assert find_run(tmp_path / "incidents", run) == here.incident / "regions" / "america"
    assert here.gov("status", run)[1].startswith(f"{run}: passed")
    assert here.gov("status", f"{here.incident.name}.africa")[0] == ExitCode.USAGE


def test_every_region_has_its_values_before_any_begins(tmp_path: Path) -> None:
    here = Room(
        tmp_path,
        "regions: {order: [a, b], parameters: {a: {SIZE: '1'}, b: {SIZE: big}}}\n"
        "parameters: {SIZE: {pattern: '[0-9]'}}\n" + STEPS,
    )
    code, _, err = here.gov(*here.execute())
    assert code == ExitCode.USAGE
    assert "Region b: The plan's parameters are not complete" in err
    assert not (tmp_path / "incidents").exists()


def test_a_secret_of_one_region_is_masked_in_all(tmp_path: Path) -> None:
    body = REGIONS.replace("default: nowhere}", "default: nowhere}, TOKEN: {secret: true}")
    here = Room(tmp_path, body + "phases: [{id: back, steps: [{id: say, run: 'echo \"$TOKEN\"; exit 3'}]}]\n")
    here.environ["TOKEN"] = "hunter2"
    process = here.process(*here.execute("--yes"))
    out, err = process.communicate(timeout=30)
    everything = out + err + "".join(path.read_text() for path in tmp_path.rglob("incidents/**/*") if path.is_file())
    assert "| ***" in out
    assert "hunter2" not in everything


@pytest.mark.parametrize("first", [(), ("--region", "america")])
def test_two_runs_of_one_region_never_go_on_at_once(first: tuple[str, ...], tmp_path: Path) -> None:
    here = room(tmp_path)
    process = here.process(*here.execute("--yes", *first))
    wait_for(lambda: hosts(here))
    code, _, err = here.gov(*here.execute("--region", "america") if not first else here.execute())
    assert code == ExitCode.FINDINGS
    assert " of op-3 in production, america is going on: process " in err
    process.kill()
    process.communicate()


def test_a_dry_run_shows_the_strategy_and_the_values_of_each_region(tmp_path: Path) -> None:
    code, out, _ = room(tmp_path, gate_between="approval").gov(
        "execute", str(tmp_path / "rollback/op-3/plan.yaml"), "-e", "production", "--dry-run"
    )
    assert code == 0
    assert "In 3 regions: 1 at a time, a person is asked between them, none begins after more than 0 failed." in out
    assert "Region america\n  HOST=am\n" in out


@pytest.fixture
def with_ladder(tmp_path: Path) -> Room:
    """A plan whose first region fails, and whose ladder has a rung that is to come then."""
    rungs = ("after: 0m, level: 1, actions: [Look]", "after: 1s, level: 2, actions: [Call]")
    ladder = "escalation:\n" + "".join(f"  - {{on: failed, {rung}}}\n" for rung in rungs)
    here = room(tmp_path)
    here.plan.write_text(here.plan.read_text() + ladder)
    let(here, "as", fail="as")
    return here


def test_a_failed_run_walks_what_its_regions_have_left_of_the_ladder(with_ladder: Room) -> None:
    assert with_ladder.gov(*with_ladder.execute())[0] == ExitCode.ROLLBACK_FAILED
    assert [event["level"] for event in stream(with_ladder, "asia") if event["type"] == "escalated"] == [1]
    assert [data["level"] for data in with_ladder.of("escalated")] == [2]


def test_without_the_ladder_it_is_written_down_who_was_not_called(with_ladder: Room) -> None:
    assert with_ladder.gov(*with_ladder.execute("--no-ladder"))[0] == ExitCode.ROLLBACK_FAILED
    (left,) = with_ladder.of("ladder.open")
    assert [rung["level"] for rung in left["rungs"]] == [2]
    assert with_ladder.of("escalated") == []


def test_who_was_not_called_is_called_when_the_failed_run_goes_on(with_ladder: Room) -> None:
    assert with_ladder.gov(*with_ladder.execute("--no-ladder"))[0] == ExitCode.ROLLBACK_FAILED
    code, out, err = with_ladder.gov("resume", "latest", "--yes")
    assert (code, err) == (ExitCode.ROLLBACK_FAILED, ""), out
    assert "its escalation ladder goes on" in out
    assert [data["level"] for data in with_ladder.of("escalated")] == [2], "asia has taken the first"
    assert hosts(with_ladder) == ["as"], "nothing else is rolled back"
    assert region_ends(with_ladder) == {"asia": "failed"}
    code, _, err = with_ladder.gov("resume", "latest", "--yes")
    assert (code, "has ended" in err) == (ExitCode.USAGE, True), "everybody was called"


def test_the_process_that_walks_the_ladder_of_the_regions_may_die(with_ladder: Room) -> None:
    with_ladder.plan.write_text(with_ladder.plan.read_text().replace("after: 1s", "after: 1h"))
    process = with_ladder.process(*with_ladder.execute())
    wait_for(lambda: "failure" in [data["step"] for data in with_ladder.of("gate.waiting")])
    process.kill()
    process.communicate()
    run = with_ladder.incident.name
    said = f"nobody calls level 2 of its escalation ladder: rollback-gov resume {run}"
    assert f"{said}\n" in with_ladder.gov("status", run)[1]

    resumed = with_ladder.process("resume", run, "--yes")
    wait_for(lambda: len(with_ladder.of("gate.waiting")) == 2)
    assert with_ladder.gov("approve", run, "failure", "--as", "ben")[0] == 0
    out, err = resumed.communicate(timeout=30)
    assert (resumed.returncode, err) == (ExitCode.ROLLBACK_FAILED, ""), out
    assert "ben takes over" in out
    assert with_ladder.of("escalated") == [], "nobody is called before the time"
    assert len(with_ladder.of("run.finished")) == 1
