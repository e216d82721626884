"""Watching a plan: real metrics over loopback, a real clock, and a rollback that only writes down that it was run."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from rollback_gov.commands.runs import unfinished_run
from rollback_gov.commands.target import Target
from rollback_gov.commands.watch import WatchOptions, rules_of, wait_for_trigger, watch
from rollback_gov.commands.watch_leases import open_leases
from rollback_gov.commands.watch_sources import baseline_numbers, folder_of, open_sources, write_report
from rollback_gov.commands.watched import Listener, WatchResult
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.clock import Clock, SystemClock
from rollback_gov.execution.context import Context
from rollback_gov.execution.journal import Journal
from rollback_gov.execution.masking import Masker
from rollback_gov.execution.stop import Stop
from rollback_gov.model.duration import Duration
from rollback_gov.model.errors import Refused, UsageError
from rollback_gov.model.expect import Query
from rollback_gov.model.observation import Error, Value
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans.load import load_plan
from rollback_gov.triggers.lease import Lease
from rollback_gov.triggers.replay import replay
from rollback_gov.triggers.terms import Terms
from tests.execution.test_process import is_running, pid_in
from tests.sources.web import Web, serve

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-7, title: Orders 2.0, owner: orders, level: 2}
phases: [{id: undo, steps: [{id: undo, run: "true"}]}]
"""
ERRORS = "{id: errors, query: {source: http, endpoint: api, path: /errors}, above: 1%, for: 200ms, max_gap: 1m}"
HEALTH = "{id: health, query: {source: health, endpoint: api, path: /health}, below: 1, count: 3}"
FAST = "watch: {every: 100ms, mode: auto}\n"
REGIONS = "regions: {order: [eu, us], strategy: {max_parallel: 1, gate_between: none, max_failures: 0}}\n"


class Talk:
    """A terminal that writes down what it was told, and answers with one word."""

    def __init__(self, answer: str = "") -> None:
        self.interactive, self.answer = bool(answer), answer
        self.lines: list[str] = []

    def say(self, text: str) -> None:
        self.lines.append(text)

    def stream(self, text: str) -> None:
        self.lines.append(text)

    def ask(self, question: str, seconds: float) -> str | None:
        self.lines.append(question)
        return self.answer


@dataclass
class Stage:
    """A repository with one plan, a server with its metrics, and a watch over both."""

    root: Path
    web: Web
    talk: Talk = field(default_factory=Talk)
    stop: Stop = field(default_factory=Stop)
    environ: dict[str, str] = field(default_factory=lambda: {"PATH": os.environ["PATH"]})
    ran: list[tuple[RollbackReason, str]] = field(default_factory=list)
    terms: list[Terms] = field(default_factory=list)
    outcome: int | Exception = 0
    body: str = ""
    settings: str = ""
    on_tick: Callable[[], None] = field(default=lambda: None)
    clock: Clock = field(default_factory=SystemClock)

    def plan(self, *triggers: str, more: str = FAST) -> None:
        """Write the plan."""
        self.body = HEAD + more + f"triggers: [{', '.join(triggers)}]\n"

    @property
    def target(self) -> Target:
        path = self.root / "rollback" / "op-7" / "plan.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.body)
        settings = self.root / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir(exist_ok=True)
        settings.write_text(
            self.settings or f"environments: {{staging: {{class: staging, endpoints: {{api: '{self.web.url}'}}}}}}\n"
        )
        return Target(loaded=load_plan(path), workspace=Workspace.around(path), environment="staging")

    @property
    def world(self) -> World:
        return World(person="ana", environ=self.environ, console=self.talk, stop=self.stop, clock=self.clock)

    @property
    def folder(self) -> Path:
        return self.root / "incidents" / "watch-op-7-staging"

    def execute(self, reason: RollbackReason, *, scenario: str, terms: Terms) -> int:
        self.ran.append((reason, scenario))
        self.terms.append(terms)
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome

    def watch(self, *, limit: str = "20s", listener: Listener | None = None, **options: Any) -> WatchResult:
        chosen = WatchOptions(limit=Duration.parse(limit), **options)
        hears = listener or Listener(ticked=lambda _report: self.on_tick())
        return watch(self.target, self.world, chosen, execute=self.execute, listener=hears)

    def log(self) -> list[str]:
        return (self.folder / "decision.jsonl").read_text().splitlines()

    def kinds(self) -> list[str]:
        return [json.loads(line)["type"] for line in self.log()]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with serve() as web:
        web.text("/errors", "0.002")
        web.text("/health", "ok")
        yield Stage(tmp_path, web)


class TestWhatHappens:
    """From a metric to the end of the watch."""

    def test_nothing_fires(self, stage: Stage) -> None:
        stage.plan(ERRORS, HEALTH)
        result = stage.watch(limit="450ms")
        assert (result.exit_code, result.text, result.fired, result.blind) == (0, "nothing fired", (), ())
        assert 1 <= result.ticks <= 5
        assert stage.talk.lines == []
        assert stage.kinds() == ["started", *["tick"] * result.ticks, "ended"]

    def test_a_breach_that_lasts_rolls_back(self, stage: Stage) -> None:
        stage.plan(ERRORS, HEALTH)
        stage.web.text("/errors", "0.05")
        result = stage.watch()
        assert (result.exit_code, result.text, result.fired) == (0, "rolled back: passed", ("errors",))
        (reason, scenario), *more = stage.ran
        assert (scenario, more) == ("", [])
        assert reason.text == "errors: 0.05 is above 0.01 for 200ms"
        assert (reason.decided_by, reason.trigger, reason.value) == ("rollback-gov watch", "errors", "0.05")
        assert reason.metric == "http at api/errors"
        said = [line.partition(" ")[2] for line in stage.talk.lines]
        assert said == [
            "errors: breach: 0.05 is above 0.01",
            "errors: FIRED: 0.05 is above 0.01",
            "decision: rollback (errors: 0.05 is above 0.01 for 200ms)",
        ]
        assert stage.kinds()[-3:] == ["acted", "acted", "ended"]

    def test_a_service_that_dies_rolls_back_at_the_third_failed_probe(self, stage: Stage) -> None:
        stage.plan(HEALTH)
        stage.web.pages["/health"] = lambda handler: handler.hang_up()
        result = stage.watch()
        assert result.exit_code == 0
        decided = [json.loads(line)["data"]["decision"] for line in stage.log() if '"type":"tick"' in line]
        assert [bool(decision) for decision in decided[:3]] == [False, False, True]
        assert stage.ran[0][0].text == "health: 0 is below 1, 3 in a row"
        assert any("unhealthy: " in line for line in stage.talk.lines)

    def test_a_rollback_that_fails(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")
        stage.outcome = 5
        assert stage.watch().exit_code == 5

    def test_a_rollback_that_is_refused(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")
        stage.outcome = Refused("Another run of op-7 is going on.", hint="Wait for it.")
        assert stage.watch().exit_code == 1
        assert stage.talk.lines[-2:] == ["Another run of op-7 is going on.", "Wait for it."]

    def test_monitoring_that_is_gone_never_rolls_back_and_is_not_taken_for_fine(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "", status=500)
        result = stage.watch(limit="2s")
        assert (result.exit_code, result.blind) == (1, ("errors",))
        assert result.text == "nothing fired, but errors could not be evaluated"
        assert stage.ran == []
        assert sum("BLIND" in line for line in stage.talk.lines) == 1

    def test_once_is_one_reading(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        assert stage.watch(once=True).ticks == 1

    def test_a_wish_to_stop_ends_it_after_the_tick(self, stage: Stage) -> None:
        stage.plan(ERRORS)

        def wish(_: object) -> None:
            stage.stop.signal = "SIGTERM"

        result = stage.watch(listener=Listener(ticked=wish))
        assert (result.exit_code, result.ticks) == (130, 1)
        assert result.text == "stopped by SIGTERM; started again within the hour, it goes on"

    def test_a_plan_without_triggers_is_wrong_usage(self, stage: Stage) -> None:
        stage.plan()
        with pytest.raises(UsageError, match="op-7 has no triggers"):
            stage.watch()


class TestModes:
    """Who acts."""

    def test_observe_only_tells(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")
        result = stage.watch(mode="observe")
        assert (result.exit_code, stage.ran) == (1, [])
        plan = stage.root / "rollback" / "op-7" / "plan.yaml"
        assert stage.talk.lines[-1] == (
            f"To do it: rollback-gov execute {plan} --environment staging --reason "
            "'errors: 0.05 is above 0.01 for 200ms'"
        )

    @pytest.mark.parametrize(("answer", "code", "runs"), [("yes", 0, 1), ("no", 1, 0)])
    def test_confirm_asks(self, stage: Stage, answer: str, code: int, runs: int) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")
        stage.talk = Talk(answer)
        assert stage.watch(mode="confirm").exit_code == code
        assert len(stage.ran) == runs
        assert stage.talk.lines[-1] == "Roll back op-7 in staging now? yes/no"

    def test_every_can_be_chosen(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        assert 1 <= stage.watch(limit="350ms", every=Duration(150)).ticks <= 3


class TestBands:
    """What fires less than a rollback."""

    BODY = FAST + (
        "scenarios: [{id: restart, phases: [undo]}]\n"
        "decision: [{action: mitigate, any: [errors], scenario: restart, within: 400ms, then: rollback}]\n"
    )

    def test_a_mitigation_that_does_not_help_becomes_a_rollback(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=self.BODY)
        stage.web.text("/errors", "0.05")
        assert stage.watch().exit_code == 0
        assert [scenario for _, scenario in stage.ran] == ["restart", ""]
        assert stage.ran[1][0].text.endswith("not settled within 400ms (mitigate)")

    def test_a_mitigation_that_helps_ends_in_no_rollback(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=self.BODY)
        stage.web.text("/errors", "0.05")

        def helps(reason: RollbackReason, *, scenario: str, terms: Terms) -> int:
            stage.web.text("/errors", "0.001")
            return stage.execute(reason, scenario=scenario, terms=terms)

        options = WatchOptions(limit=Duration(2_000))
        result = watch(stage.target, stage.world, options, execute=helps)
        assert [scenario for _, scenario in stage.ran] == ["restart"]
        assert result.exit_code == 1
        assert result.text == "triggers have fired, and no rollback was decided"

    def test_how_to_run_a_scenario_is_told(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=self.BODY)
        stage.web.text("/errors", "0.05")
        stage.watch(mode="observe", limit="5s")
        assert any("--environment staging --scenario restart --reason" in line for line in stage.talk.lines)


class TestRestart:
    """A watcher that was stopped, killed or started twice."""

    LONG = ERRORS.replace("200ms", "400ms")

    def test_a_watcher_that_was_restarted_goes_on(self, stage: Stage) -> None:
        stage.plan(self.LONG)
        stage.web.text("/errors", "0.05")
        first = stage.watch(limit="250ms")
        assert first.fired == ()
        second = stage.watch()
        assert second.fired == ("errors",)
        assert first.ticks + second.ticks <= 6
        assert stage.kinds().count("started") == 2

    def test_the_whole_log_can_be_replayed(self, stage: Stage) -> None:
        stage.plan(self.LONG, HEALTH)
        stage.web.text("/errors", "0.05")
        stage.watch(limit="250ms")
        stage.watch()
        lines = stage.log()
        assert list(replay(lines, stage.target.loaded.require())) == lines

    def test_after_its_decision_the_next_watch_begins_anew(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")
        stage.watch()
        stage.web.text("/errors", "0.002")
        again = stage.watch(limit="250ms")
        assert (again.exit_code, again.fired) == (0, ())
        assert "an earlier rollback of this operation is over; the watch begins anew" in stage.talk.lines

    def test_what_was_carried_out_before_a_restart_is_not_repeated(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=TestBands.BODY.replace("400ms", "1h"))
        stage.web.text("/errors", "0.05")
        stage.watch(limit="1s")
        stage.watch(limit="300ms")
        assert len(stage.ran) == 1

    def test_two_watchers_start_one_rollback(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")

        def slow(reason: RollbackReason, *, scenario: str, terms: Terms) -> int:
            time.sleep(0.3)
            return stage.execute(reason, scenario=scenario, terms=terms)

        target, world, results = stage.target, stage.world, list[WatchResult]()
        options = WatchOptions(limit=Duration(20_000))
        threads = [Thread(target=lambda: results.append(watch(target, world, options, execute=slow))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(stage.ran) == 1
        assert sorted(result.exit_code for result in results) == [0, 1]
        assert {path.name for path in stage.folder.glob("decision*")} == {"decision.jsonl", "decision-2.jsonl"}

    def test_a_run_that_has_not_ended_is_not_doubled(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.web.text("/errors", "0.05")
        begin_run(stage, "op-7-20260131-120000-execute")
        assert stage.watch().exit_code == 1
        assert stage.ran == []
        assert any("rollback-gov resume op-7-20260131-120000-execute" in line for line in stage.talk.lines)


def begin_run(stage: Stage, run: str, *, environment: str = "staging", ended: bool = False) -> Path:
    folder = stage.root / "incidents" / run
    folder.mkdir(parents=True)
    journal = Journal(folder, SystemClock())
    journal.append("run.started", {"operation": "op-7", "environment": environment})
    journal.append("step.intent", {"step": "phases/one/a", "attempt": 1, "deadline": ""})
    if ended:
        journal.append("run.finished", {"result": "passed"})
    journal.close()
    return folder


class TestUnfinishedRun:
    """Runs of the same operation that stand in the way."""

    def test_none(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        assert unfinished_run(stage.target) == ""
        begin_run(stage, "op-7-1", ended=True)
        begin_run(stage, "op-7-2", environment="production")
        assert unfinished_run(stage.target) == ""

    def test_one(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        begin_run(stage, "op-7-1")
        begin_run(stage, "op-7-2", ended=True)
        assert unfinished_run(stage.target) == "op-7-1"

    def test_one_that_cannot_be_read(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        (begin_run(stage, "op-7-1", ended=True) / "journal.jsonl").write_text("broken\n")
        assert unfinished_run(stage.target) == "op-7-1"


class TestSources:
    """Where a watch reads from."""

    def test_commands_run_in_the_plans_folder_with_its_parameters(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + "parameters: {LIMIT: {default: '5'}}\n")
        stage.environ["BASH_ENV"] = "/nonexistent"
        with open_sources(stage.target, stage.world) as book:
            for script, number in [("echo $LIMIT", 5), ('[ "$OPERATION/$ENVIRONMENT" = op-7/staging ]; echo 1', 1)]:
                seen = book.read(Query(source="exec", run=script), 1.0)
                assert isinstance(seen, Value)
                assert seen.number == number
            assert isinstance(book.read(Query(source="exec", run="ls plan.yaml >&2 && echo 1"), 1.0), Value)
            assert book.read(Query(source="exec", run="exit 3"), 1.0) == Error("the command ended with exit code 3")

    def test_a_command_that_hangs_is_killed_with_its_children(self, stage: Stage, tmp_path: Path) -> None:
        stage.plan(ERRORS)
        with open_sources(stage.target, stage.world) as book:
            run = f"sleep 600 & echo $! > {tmp_path}/child; wait"
            query = Query(source="exec", run=run, timeout=Duration(2_000))
            assert book.read(query, 1.0) == Error("the command did not end: killed after 2s")
        assert not is_running(pid_in(tmp_path / "child"))

    def test_a_command_that_prints_without_end_is_killed_before_it_fills_the_disk(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        with open_sources(stage.target, stage.world) as book:
            for script in ("yes", "yes >&2"):
                seen = book.read(Query(source="exec", run=script, timeout=Duration(60_000)), 1.0)
                assert seen == Error("the command did not end: killed after it printed more than 1048576 bytes")

    def test_a_command_that_cannot_be_started_is_an_error(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        target = stage.target
        with open_sources(target, stage.world) as book:
            target.loaded.path.unlink()
            target.loaded.folder.rmdir()
            seen = book.read(Query(source="exec", run="echo 1"), 1.0)
        assert isinstance(seen, Error)
        assert "could not be started" in seen.reason

    def test_secrets_are_masked(self, stage: Stage) -> None:
        stage.plan(ERRORS, more=FAST + "parameters: {KEY: {secret: true}}\n")
        stage.environ["KEY"] = "geheim"
        with open_sources(stage.target, stage.world) as book:
            assert book.read(Query(source="exec", run="echo $KEY"), 1.0) == Error("'***' is not a number")

    def test_the_baseline_is_read_where_it_is_a_number(self, stage: Stage) -> None:
        items = ", ".join(f"{{id: {name}, run: 'true', save: {name}.txt}}" for name in "abc")
        baseline = f"baseline: [{items}]\n"
        stage.plan(ERRORS, more=FAST + baseline)
        target = stage.target
        target.baseline_folder.mkdir(parents=True)
        (target.baseline_folder / "a.txt").write_text("12.5\n")
        (target.baseline_folder / "b.txt").write_bytes(b"\xffPGDMP")
        numbers = baseline_numbers(target.loaded.require(), target.baseline_folder)
        assert {name: str(number) for name, number in numbers.items()} == {"a": "12.5"}
        assert rules_of(target.loaded.require(), target.baseline_folder).baseline == numbers

    def test_reports_of_people_fire_a_trigger(self, stage: Stage) -> None:
        stage.plan("{id: users, query: {source: manual, signal: user_reports, over: 1h}, above: 10}")
        assert stage.watch(limit="150ms").fired == ()
        assert write_report(stage.target, stage.world, signal="user_reports", number=11).parent == stage.folder
        assert stage.watch().fired == ("users",)
        assert stage.ran[0][0].text == "users: 11 is above 10"

    def test_a_signal_that_no_trigger_reads_is_wrong_usage(self, stage: Stage) -> None:
        stage.plan("{id: users, query: {source: manual, signal: user_reports}, above: 10}")
        with pytest.raises(UsageError, match=r"reads a signal 'user-reports' .known: user_reports"):
            write_report(stage.target, stage.world, signal="user-reports", number=1)

    def test_a_report_that_cannot_be_written_is_said(self, stage: Stage) -> None:
        stage.plan("{id: users, query: {source: manual, signal: user_reports}, above: 10}")
        stage.folder.parent.write_text("a file")
        with pytest.raises(UsageError, match="cannot be written"):
            write_report(stage.target, stage.world, signal="user_reports", number=1)

    def test_an_environments_name_cannot_lead_out_of_the_folder(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        target = stage.target
        odd = Target(loaded=target.loaded, workspace=target.workspace, environment="eu/../../x")
        assert folder_of(odd).parent == stage.root / "incidents"

    def test_each_region_has_its_own_log_reports_and_lease(self, stage: Stage) -> None:
        stage.plan(ERRORS, "{id: users, query: {source: manual, signal: user_reports}, above: 10}", more=FAST + REGIONS)
        eu, us = stage.target.lanes
        assert len({folder_of(where) for where in (eu, us, stage.target)}) == 3
        clash = replace(stage.target, environment="staging-eu")
        assert folder_of(clash) != folder_of(eu), "an environment's name is not taken for a region"
        with open_leases(eu, stage.world) as one, open_leases(us, stage.world) as other:
            assert Lease(one, "rollback").take(at="now", reason="broken")[0] is None
            assert Lease(other, "rollback").take(at="now", reason="broken")[0] is None
        write_report(eu, stage.world, signal="user_reports", number=11)
        assert [(folder_of(where) / "reports.jsonl").exists() for where in (eu, us)] == [True, False]
        results = [
            watch(where, stage.world, WatchOptions(once=True, mode="observe"), execute=stage.execute)
            for where in (us, eu)
        ]
        assert [result.fired for result in results] == [(), ("users",)]
        assert [(folder_of(where) / "decision.jsonl").exists() for where in (eu, us)] == [True, True]


class TestWaiting:
    """What a rehearsal does: wait until the failure that it injected fires a trigger."""

    def context(self, stage: Stage, book: Any) -> Context:
        target = stage.target
        return Context(
            plan=target.loaded.require(),
            run="run-1",
            environment_name="staging",
            environment=target.workspace.environment("staging"),
            parameters={},
            environ=stage.environ,
            plan_folder=target.loaded.folder,
            folder=stage.root,
            baseline_folder=target.baseline_folder,
            clock=SystemClock(),
            masker=Masker(),
            console=stage.talk,
            stop=stage.stop,
            sources=book,
            person="ana",
        )

    def wait(self, stage: Stage, trigger: str, seconds: float) -> RollbackReason | None:
        with open_sources(stage.target, stage.world) as book:
            return wait_for_trigger(self.context(stage, book), trigger, timeout=seconds)

    def test_the_trigger_fires(self, stage: Stage) -> None:
        stage.plan(HEALTH, ERRORS)
        stage.web.text("/errors", "0.05")
        reason = self.wait(stage, "errors", 20)
        assert reason is not None
        assert (reason.trigger, reason.text) == ("errors", "errors: 0.05 is above 0.01 for 200ms")
        assert not stage.folder.exists()

    def test_another_trigger_fires_first(self, stage: Stage) -> None:
        stage.plan(HEALTH, ERRORS)
        stage.web.text("/errors", "0.05")
        reason = self.wait(stage, "health", 20)
        assert reason is not None
        assert reason.trigger == "errors"

    def test_nothing_fires_in_time(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        assert self.wait(stage, "errors", 0.3) is None

    def test_somebody_stops_it(self, stage: Stage) -> None:
        stage.plan(ERRORS)
        stage.stop.signal = "SIGINT"
        assert self.wait(stage, "errors", 20) is None
