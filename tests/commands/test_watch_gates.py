"""The gates before a rollback, each asked for real: scripts, evidence, leases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rollback_gov.commands.watch_plans import set_armed
from rollback_gov.triggers.gates import ORDER
from tests.commands.test_watch import ERRORS, FAST, Stage
from tests.sources.web import serve

SCRIPT = "safety_checks: [{id: backup, run: 'echo once >> asked; test -e backup'}]\n"
VERSION = "change: {from: {api: v1.0}, to: {api: v2.0}, live_version: {run: cat version}}\n"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with serve() as web:
        web.text("/errors", "0.05")
        yield Stage(tmp_path, web)


def gates(stage: Stage) -> dict[str, tuple[str, str]]:
    """What each gate said in the last decision of the log, in order."""
    lines = [json.loads(line) for line in stage.log()]
    data = [line["data"] for line in lines if line["type"] == "gates"][-1]
    return {gate["gate"]: (gate["outcome"], gate["detail"]) for gate in data["gates"]}


def doubts(stage: Stage) -> dict[str, str]:
    return dict(stage.terms[-1].doubts)


def plan_folder(stage: Stage) -> Path:
    folder = stage.root / "rollback" / "op-7"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_every_gate_is_asked_in_order_and_written_down(stage: Stage) -> None:
    stage.plan(ERRORS)
    assert stage.watch().exit_code == 0
    assert tuple(gates(stage)) == ORDER
    assert {name: outcome for name, (outcome, _) in gates(stage).items()} == {
        **dict.fromkeys(("armed", "mode", "lease"), "passed"),
        **dict.fromkeys(("point-of-no-return", "safety", "rehearsal", "baseline", "live-version"), "absent"),
    }
    (reason, _), *_ = stage.ran
    assert reason.gates.startswith("armed passed; mode passed: auto; point-of-no-return absent;")
    assert reason.gates.endswith("lease passed: token 1")


def test_where_nothing_is_run_no_script_is_run_either(stage: Stage) -> None:
    stage.plan(ERRORS, more=FAST + SCRIPT + VERSION)
    assert stage.watch(mode="observe").exit_code == 1
    assert tuple(gates(stage)) == ("armed", "mode")
    assert not (plan_folder(stage) / "asked").exists()


class TestSafety:
    """The plan's own checks."""

    def test_one_that_passes_is_asked_once(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + SCRIPT)
        (plan_folder(stage) / "backup").write_text("")
        assert stage.watch().exit_code == 0
        assert gates(stage)["safety"] == ("passed", "")
        assert stage.terms[-1].asked
        assert (plan_folder(stage) / "asked").read_text() == "once\n"

    @pytest.mark.parametrize(("script", "outcome"), [("exit 1", "failed"), ("sleep 9", "unknown")])
    def test_one_that_fails_makes_the_rollback_ask(self, stage: Stage, script: str, outcome: str) -> None:
        stage.plan(ERRORS, more=FAST + f"safety_checks: [{{id: backup, run: {script}, timeout: 300ms}}]\n")
        stage.watch()
        assert gates(stage)["safety"][0] == outcome
        assert doubts(stage)["safety"].startswith(f"safety check 'backup' {outcome}: ")
        assert len(stage.ran) == 1


class TestPointOfNoReturn:
    """Is there a way back at all?"""

    def point(self, stage: Stage, script: str, fix: str = "") -> None:
        when = f"passed_when: {{run: {script}}}" if script else "passed_when: {ask: Was it sent?}"
        point = f"point_of_no_return: {{description: mails are sent, {when}{fix}}}\n"
        stage.plan(ERRORS, more=FAST + point)

    def test_not_passed(self, stage: Stage) -> None:
        self.point(stage, "exit 1")
        assert stage.watch().exit_code == 0
        assert gates(stage)["point-of-no-return"] == ("passed", "")

    def test_passed_without_a_forward_fix_nothing_is_run(self, stage: Stage) -> None:
        self.point(stage, "exit 0")
        result = stage.watch()
        assert (result.exit_code, stage.ran) == (1, [])
        assert result.text.startswith("a rollback is called for, and beyond the point of no return: it is passed (")

    def test_passed_with_a_forward_fix_it_runs(self, stage: Stage) -> None:
        self.point(stage, "exit 0", ", forward_fix: [{id: fix, steps: [{id: fix, run: 'true'}]}]")
        assert stage.watch().exit_code == 0
        assert gates(stage)["point-of-no-return"] == ("passed", "it is passed, the forward fix runs")

    @pytest.mark.parametrize("script", ["exit 3", ""])
    def test_unknown_is_a_question_of_the_run(self, stage: Stage, script: str) -> None:
        self.point(stage, script)
        assert stage.watch().exit_code == 0
        assert gates(stage)["point-of-no-return"][0] == "unknown"
        assert doubts(stage) == {}


class TestLiveVersion:
    """Is what this operation deployed still live?"""

    def live(self, stage: Stage, text: str) -> None:
        (plan_folder(stage) / "version").write_text(text)

    @pytest.mark.parametrize("text", ["v2.0", "2.0\n", "api=v2.0 web=v7", "v2.0 (canary), v1.0"])
    def test_it_is(self, stage: Stage, text: str) -> None:
        stage.plan(ERRORS, more=FAST + VERSION)
        self.live(stage, text)
        assert stage.watch().exit_code == 0
        assert gates(stage)["live-version"][0] == "passed"

    def test_what_a_rollback_returns_to_is_live_already(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + VERSION)
        self.live(stage, "v1.0")
        assert (stage.watch().exit_code, stage.ran) == (1, [])
        assert gates(stage)["live-version"] == ("failed", "v1.0 is live: what a rollback returns to")

    def test_another_change_has_come_since(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + VERSION)
        self.live(stage, "v2.0")
        stage.on_tick = lambda: self.live(stage, "v3.0")
        result = stage.watch()
        assert (result.exit_code, stage.ran) == (1, [])
        assert result.text == ("a rollback is called for, and superseded: v3.0 is live: another change has come since")

    def test_what_nobody_recognises_stops_no_rollback(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + VERSION)
        self.live(stage, "build 4711")
        assert stage.watch().exit_code == 0
        assert doubts(stage)["live-version"] == "build 4711 is live, and this operation deployed api v2.0"

    def test_what_nobody_can_tell_stops_no_rollback(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + VERSION)
        assert stage.watch().exit_code == 0
        assert doubts(stage)["live-version"] == "nobody can tell which version is live"


class TestArmed:
    """The switch."""

    def test_what_was_switched_off_asks(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        assert set_armed(stage.target, stage.world, "a drill").startswith("disarmed by ana")
        assert stage.watch().exit_code == 0
        assert doubts(stage)["armed"].startswith("ana switched it off at 20")
        assert doubts(stage)["armed"].endswith(": a drill")

    def test_it_is_switched_on_again(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        set_armed(stage.target, stage.world, "a drill")
        assert set_armed(stage.target, stage.world, "another").startswith("disarmed by ana")
        assert set_armed(stage.target, stage.world, "") == "armed again"
        assert set_armed(stage.target, stage.world, "") == "it was armed already"
        assert stage.watch().exit_code == 0
        assert gates(stage)["armed"] == ("passed", "")


class TestRehearsal:
    """In production, only what was rehearsed runs without asking."""

    def produce(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        _ = stage.target
        settings = stage.root / ".rollback-gov" / "environments.yaml"
        stage.settings = settings.read_text().replace("class: staging", "class: production")

    def test_without_one_it_asks(self, stage: Stage) -> None:
        self.produce(stage)
        assert stage.watch().exit_code == 0
        assert gates(stage)["rehearsal"][0] == "failed"
        assert "rehears" in doubts(stage)["rehearsal"]

    def test_records_that_cannot_be_read_are_unknown(self, stage: Stage) -> None:
        self.produce(stage)
        _ = stage.target
        (stage.root / ".rollback-gov" / "trust.yaml").write_text("keys: 7\n")
        assert stage.watch().exit_code == 0
        assert gates(stage)["rehearsal"][0] == "unknown"
        assert doubts(stage)["rehearsal"]


def test_a_doubt_waits_for_a_person_in_the_run(stage: Stage) -> None:
    """The whole way: the run begins, asks, and without an answer it is refused and says what to do."""
    from rollback_gov.commands.begin import RunOptions
    from rollback_gov.commands.execute import execute
    from rollback_gov.commands.rollback_lease import fenced
    from rollback_gov.commands.watch import WatchOptions, watch
    from rollback_gov.model.duration import Duration

    stage.plan(ERRORS, more=FAST + "safety_checks: [{id: backup, run: exit 1}]\n")
    target, world = stage.target, replace(stage.world, patience=0.2)

    def run(reason: Any, *, scenario: str, terms: Any) -> int:
        options = RunOptions(reason=reason, doubts=terms.doubts, asked=terms.asked)
        return int(execute(target, options, fenced(world, terms.fence, terms.begun)).exit_code)

    result = watch(target, world, WatchOptions(limit=Duration(20_000)), execute=run)
    assert result.exit_code == 1
    assert result.text.startswith("the rollback could not begin: The rollback was not started: safety check 'backup'")
    (journal,) = (stage.root / "incidents").glob("op-7-*-execute/journal.jsonl")
    events = [json.loads(line) for line in journal.read_text().splitlines()]
    assert "gate.waiting" in {event["type"] for event in events}
    assert not any(event["type"] == "step.intent" for event in events)
    holder = json.loads((stage.folder / "rollback.lease").read_text())
    assert (holder["run"], holder["result"]) == (journal.parent.name, "refused")
