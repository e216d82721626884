"""The parts of a distributed run in this process: the queue, the slice, the coordinator."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import chdir, closing, redirect_stderr, redirect_stdout
from dataclasses import asdict, replace
from io import StringIO
from threading import Thread
from typing import Any

import pytest
from sqlalchemy.exc import SQLAlchemyError

from rollback_gov.cli.main import run
from rollback_gov.commands.distributed import execute_distributed, resume_distributed
from rollback_gov.commands.target import Target
from rollback_gov.commands.worker import WorkerOptions, _Slices, set_up, work
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.answers import Answers
from rollback_gov.execution.console import SilentConsole
from rollback_gov.execution.journal import FILE
from rollback_gov.execution.postgres import dispatch, lease, worker
from rollback_gov.execution.postgres.connection import Connection, password_of
from rollback_gov.execution.postgres.desk import Desk
from rollback_gov.execution.postgres.dispatch import WAITS, Dispatcher
from rollback_gov.execution.postgres.lease import seize
from rollback_gov.execution.postgres.store import PostgresStore
from rollback_gov.execution.postgres.streams import Streams
from rollback_gov.execution.postgres.worker import Abandoned, Worker
from rollback_gov.execution.regions.console import Chorus
from rollback_gov.execution.regions.request import Request
from rollback_gov.execution.store import JournalError
from rollback_gov.model.errors import UsageError
from rollback_gov.model.exit_codes import ExitCode
from rollback_gov.model.reason import RollbackReason
from rollback_gov.plans.load import load_plan
from rollback_gov.records.digests import digests
from tests.cli.room import wait_for
from tests.distributed.site import Plan, Site

pytestmark = pytest.mark.slow
QUICK = """\
regions: {order: [here], parameters: {here: {HOST: here}}}
phases: [{id: back, steps: [{id: go, run: 'SCRIPT', timeout: 20s}]}]
"""
Start = Callable[[Callable[[str, Mapping[str, Any]], Mapping[str, Any]]], Worker]


def quick(site: Site, script: str = "echo $HOST") -> Plan:
    return site.plan(QUICK.replace("SCRIPT", script))


@pytest.fixture
def start(site: Site) -> Iterator[Start]:
    """Start a worker in this process; DBOS is ended with the test."""
    from dbos import DBOS

    started: list[Worker] = []

    def begin(work: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]) -> Worker:
        started.append(Worker(site.url, "parts", "w-parts", work))
        started[-1].start()
        return started[-1]

    yield begin
    for one in started:
        one._stuck.set()
        DBOS.destroy()
        one.leave()
        one._sight.close()


class TestQueue:
    def test_a_slice_goes_to_a_worker_and_its_end_comes_back(self, site: Site, start: Start) -> None:
        start(lambda slice_, request: {"slice": slice_, **request})
        with closing(Dispatcher(site.url)) as dispatcher:
            assert dispatcher.newest("run-1.parts") == (0, False)
            dispatcher.begin("run-1.parts.1", "parts", {"given": {"A": "1"}})
            wait_for(lambda: dispatcher.end_of("run-1.parts.1"), 60)
            end = dispatcher.end_of("run-1.parts.1")
            assert end is not None
            assert end.document == {"slice": "run-1.parts.1", "given": {"A": "1"}}
            dispatcher.begin("run-1.parts.1", "parts", {"given": {}})
            assert dispatcher.newest("run-1.parts") == (1, False)

    def test_a_worker_whose_name_was_taken_over_goes_on_no_longer(
        self, site: Site, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        here = start(lambda _slice, request: request)
        with closing(Connection(site.url)) as peer:
            monkeypatch.setattr(lease, "LEASE_SECONDS", 0.0)
            assert peer.run(lambda session: seize(session, "worker w-parts", "worker x on y"))
        here.run(lambda: False)
        assert here.failed == "worker w-parts was taken over by worker x on y; this process stops here."

    def test_a_slice_that_cannot_be_ended_here_stays_with_whoever_takes_it_over(
        self, site: Site, start: Start, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(worker, "DEAD_SECONDS", 0.0)

        def work(_: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
            raise Abandoned("the journal was taken over")

        here = start(work)
        with closing(Dispatcher(site.url)) as dispatcher:
            dispatcher.begin("run-2.parts.1", "parts", {})
            here.run(lambda: False)
            assert here.failed == "the journal was taken over"
            assert dispatcher.newest("run-2.parts") == (1, True)
            here.name = "a-peer"  # as another worker sees it: the lock of w-parts is held
            here._sight.run(here._take_over)
            assert [status.executor_id for status in here._pending()] == ["w-parts"]

    def test_what_no_worker_has_taken_can_be_cancelled(self, site: Site) -> None:
        with closing(Dispatcher(site.url)) as dispatcher:
            dispatcher.begin("run-3.nowhere.1", "nowhere", {})
            assert dispatcher.end_of("run-3.nowhere.1") is None
            dispatcher.cancel_waiting("run-3.nowhere.1")
            dispatcher.cancel_waiting("run-3.nowhere.1")
            end = dispatcher.end_of("run-3.nowhere.1")
            assert end is not None
            assert (end.document, end.detail) == (None, "cancelled: nobody rolled it back")

    def test_a_database_without_tables_says_how_to_make_them(self, site: Site) -> None:
        bare = site.server.url(site.server.create_database())
        with pytest.raises(UsageError, match="has no tables for workers yet") as caught:
            Dispatcher(bare)
        assert "worker --set-up" in caught.value.hint

    def test_without_the_extra_the_message_says_how_to_get_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "dbos", None)
        with pytest.raises(UsageError, match="need DBOS"):
            dispatch.require_dbos()

    def test_a_server_that_takes_no_more_connections_says_what_to_do(self) -> None:
        with (
            pytest.raises(JournalError, match=r"127.0.0.1:1/x cannot be used: .*too many clients") as caught,
            dispatch.in_one_sentence("postgresql://ann:hunter2@127.0.0.1:1/x"),
        ):
            raise SQLAlchemyError("FATAL:  sorry, too many clients already\nBackground")
        assert "`max_connections`" in caught.value.hint

    def test_what_the_database_refuses_is_one_sentence(self, site: Site) -> None:
        with closing(Dispatcher(site.url)) as dispatcher, pytest.raises(JournalError, match="cannot be used") as caught:
            dispatcher.newest("\0")
        assert "SELECT" not in str(caught.value)


def slices(site: Site, name: str = "w-direct") -> _Slices:
    options = WorkerOptions(database=site.url, region="here", name=name, root=site.root)
    world = World(person="", environ={"PATH": os.environ["PATH"]})
    return _Slices(options, world, Chorus(SilentConsole()))


def request(plan: Plan, run_id: str) -> Request:
    loaded = load_plan(plan.path)
    started = {"scenario": "", "options": {}, "from": "", "skipped": {}}
    reason = asdict(RollbackReason(text="errors"))
    return Request(
        run=run_id,
        region="here",
        plan=plan.path.relative_to(plan.site.root).as_posix(),
        executable=digests(loaded.require(), loaded.files).executable,
        environment="production",
        given={},
        started={**started, "reason": reason},
        decided_at="2026-01-31T12:00:00.000Z",
        person="ann",
    )


class TestSlice:
    def test_it_rolls_back_and_says_how(self, site: Site) -> None:
        wanted = request(quick(site), "run-10")
        end = slices(site).do("run-10.here.1", wanted.document)
        assert (end["result"], end["sla_seconds"], end["detail"]) == ("passed", 40, "")
        assert slices(site).do("run-10.here.2", wanted.document) == end, "the end is in the journal"
        with closing(Streams(site.url, "run-10")) as streams:
            assert b'"run.finished"' in streams.lines("regions/here").splitlines()[-1], "and nothing comes after it"

    def test_another_version_of_the_plan_is_not_run(self, site: Site) -> None:
        wanted = replace(request(quick(site), "run-11"), executable="0" * 64)
        end = slices(site).do("run-11.here.1", wanted.document)
        assert "The worker w-direct has another version of rollback/" in end[WAITS]
        assert "same commit" in end[WAITS]

    def test_what_waits_for_a_person_is_an_end_of_its_own(self, site: Site) -> None:
        plan = site.plan(QUICK.replace("SCRIPT", "true") + "tools: [no-such-tool-here]\n")
        end = slices(site).do("run-12.here.1", request(plan, "run-12").document)
        assert "no-such-tool-here, which is not on PATH" in end[WAITS]

    def test_a_wish_that_was_left_for_it_ends_it(self, site: Site) -> None:
        wanted = request(quick(site, "sleep 30"), "run-13")
        with closing(Desk(site.url, "run-13", "regions/here")) as desk:
            desk.ask_to_stop("run-13.here.1", "SIGTERM")
        assert "was interrupted by SIGTERM" in slices(site).do("run-13.here.1", wanted.document)[WAITS]

    def test_a_worker_that_is_stopped_leaves_it_to_the_next(self, site: Site) -> None:
        here, wanted = slices(site), request(quick(site, "sleep 30"), "run-14")
        here.world.stop.signal = "SIGTERM"
        with pytest.raises(Abandoned, match="was interrupted by SIGTERM"):
            here.do("run-14.here.1", wanted.document)
        here.let_end()

    def test_a_stream_that_somebody_else_writes_is_left_to_them(self, site: Site) -> None:
        wanted = request(quick(site), "run-15")
        with (
            closing(PostgresStore(site.url, "run-15", "regions/here")),
            pytest.raises(Abandoned, match="Another process is writing"),
        ):
            slices(site).do("run-15.here.1", wanted.document)


class TestCoordinator:
    def gov(self, site: Site, *words: str) -> tuple[int, str]:
        said = StringIO()
        with chdir(site.root), redirect_stdout(said), redirect_stderr(said):
            code = run([*words, "--database", site.url])
        return code, said.getvalue()

    def execute(self, site: Site, plan: Plan, *more: str) -> tuple[int, str]:
        words = ["execute", str(plan.path), "-e", "production", "--reason", "errors", "--yes", "--distributed"]
        return self.gov(site, *words, "--as", "ann", *more)

    def test_a_run_through_a_worker(self, site: Site) -> None:
        site.worker("here")
        plan = quick(site)
        code, said = self.execute(site, plan)
        assert code == 0, said
        assert "Region here waits in its queue for a worker" in said
        assert [data["result"] for data in plan.of("region.finished")] == ["passed"]
        assert self.gov(site, "resume", plan.folder.name, "--distributed")[0] == ExitCode.USAGE
        copy, exported = plan.folder / "regions" / "here" / FILE, site.root / "exported"
        code, said = self.journal(site, "export", f"{plan.folder.name}.here", "-o", str(exported))
        assert (code, exported.read_bytes()) == (0, copy.read_bytes()), said
        assert self.journal(site, "verify", plan.folder.name)[1].startswith(f"whole   {plan.folder.name} in 127.0.0.1:")
        assert self.journal(site, "show", "latest")[0] == ExitCode.USAGE

    def journal(self, site: Site, *words: str) -> tuple[int, str]:
        """Look into a journal without the coordinator's copy."""
        return self.gov(site, "journal", *words, "--incidents", str(site.root / "nowhere"), "--distributed")

    def test_a_region_that_waits_goes_on_with_an_answer_of_its_own(self, site: Site) -> None:
        site.worker("here")
        plan = site.plan(QUICK.replace("SCRIPT", "true") + "tools: [no-such-tool-here]\n")
        code, said = self.execute(site, plan)
        assert code == ExitCode.FINDINGS
        assert "no-such-tool-here, which is not on PATH" in said
        words = ("--override", "tools", "--override-reason", "not needed", "--as", "ann", "--yes")
        code, said = self.gov(site, "resume", f"{plan.folder.name}.here", "--distributed", *words)
        assert code == 0, said

    def test_a_run_that_the_database_does_not_know(self, site: Site) -> None:
        code, said = self.gov(site, "resume", "op-0-execute", "--distributed")
        assert (code, "There is no run 'op-0-execute' in the database" in said) == (ExitCode.USAGE, True)

    def test_the_latest_is_that_of_the_database_which_has_not_ended(self, site: Site) -> None:
        bare = site.server.url(site.server.create_database())
        with pytest.raises(UsageError, match=r"Every run in the database .* has ended"):
            resume_distributed(
                "latest", site.root / "incidents", Answers(), {}, World(person="ann", environ={}), database=bare
            )

    def test_one_region_needs_no_worker(self, site: Site) -> None:
        code, said = self.execute(site, quick(site), "--region", "here")
        assert (code, "Workers roll back regions" in said) == (ExitCode.USAGE, True)

    def test_the_database_has_no_mirror(self, site: Site) -> None:
        plan = quick(site)
        code, said = self.execute(site, plan, "--journal-mirror", "git:")
        assert (code, "have no mirror" in said, plan.of("run.started")) == (ExitCode.USAGE, True, [])

    def test_a_secret_does_not_go_through_the_database(self, site: Site) -> None:
        plan = quick(site)
        text = plan.path.read_text().replace(
            "{HOST: {default: nowhere}}", "{HOST: {default: x}, TOKEN: {secret: true}}"
        )
        plan.path.write_text(text)
        code, said = self.execute(site, plan, "--param", "TOKEN=hunter2")
        assert (code, "TOKEN is a secret" in said, "hunter2" in said) == (ExitCode.USAGE, True, False)

    def test_a_coordinator_that_is_stopped_takes_back_what_nobody_has(self, site: Site) -> None:
        from rollback_gov.commands.begin import RunOptions
        from rollback_gov.model.errors import Interrupted

        body = QUICK.replace("SCRIPT", "true").replace("here", "nobody")
        plan = site.plan(body)
        loaded = load_plan(plan.path)
        target = Target(loaded=loaded, workspace=Workspace.around(plan.path), environment="production")
        world = World(person="ann", environ={"PATH": os.environ["PATH"]})
        options = RunOptions(reason=RollbackReason(text="errors"))

        def stop() -> None:
            wait_for(lambda: plan.of("region.started"), 60)
            world.stop.signal = "SIGTERM"

        stopping = Thread(target=stop)
        stopping.start()
        with pytest.raises(Interrupted, match="was interrupted by SIGTERM") as caught:
            execute_distributed(target, options, world, site.url)
        stopping.join()
        assert caught.value.hint == f"Go on with: rollback-gov resume {plan.folder.name} --distributed"
        assert "cancelled" in plan.of("region.waits")[0]["detail"]


def test_the_password_of_a_database_is_masked() -> None:
    assert password_of("postgresql://ann:hunter%322@db/x") == "hunter22"
    assert password_of("postgresql://db/x") == ""


def test_a_worker_works_until_it_is_asked_to_stop(site: Site) -> None:
    from dbos import DBOS

    said: list[str] = []

    class Paper(SilentConsole):
        def say(self, text: str) -> None:
            said.append(text)

    set_up(site.url)
    options = WorkerOptions(database=site.url, region="nowhere-else", name="w-short", root=site.root)
    world = World(person="", environ={}, console=Paper())
    world.stop.signal = "SIGTERM"
    work(options, world)
    DBOS.destroy()
    assert said == ["Worker w-short works for region nowhere-else.", "Worker w-short stops: SIGTERM"]


def test_the_work_of_a_dead_peer_goes_back_into_the_queue(
    site: Site, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DEAD_SECONDS", 0.0)
    here = start(lambda _slice, request: request)
    with closing(Dispatcher(site.url)) as dispatcher:
        dispatcher.begin("run-20.parts.1", "parts", {})
        wait_for(lambda: dispatcher.end_of("run-20.parts.1"), 60)
        query = "UPDATE dbos.workflow_status SET status = 'PENDING', executor_id = 'dead' WHERE workflow_uuid = "
        site.server.query(f"{query} 'run-20.parts.1'", site.database)
        here._sight.run(here._take_over)
        wait_for(lambda: dispatcher.end_of("run-20.parts.1"), 60)
        (status,) = dispatcher._client.list_workflows(workflow_ids=["run-20.parts.1"])
        assert status.executor_id == "w-parts"
