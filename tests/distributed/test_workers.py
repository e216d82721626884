"""Regions on workers: real processes, a real PostgreSQL, steps that are counted by its sequences."""

from __future__ import annotations

import json
import re
import signal
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from rollback_gov.execution.postgres.lease import BEAT_SECONDS, LEASE_SECONDS
from rollback_gov.execution.postgres.streams import Streams
from rollback_gov.model.exit_codes import ExitCode
from tests.cli.room import wait_for
from tests.distributed.site import Site, kill_group, new_site
from tests.execution.marks import slow
from tests.servers import start_postgresql

pytestmark = pytest.mark.slow

THREE = """\
regions:
  order: [asia, america, europe]
  strategy: {max_parallel: 1, gate_between: approval, max_failures: 1}
  parameters: {asia: {HOST: as}, america: {HOST: am}, europe: {HOST: eu}}
phases:
  - id: back
    steps:
      - {id: count, run: '$COUNT "SELECT nextval(''$HOST'')"', timeout: 20s}
      - {id: go, run: 'test "$HOST" != am', timeout: 20s}
escalation:
  - {on: failed, after: 0m, level: 1, actions: [Look]}
  - {on: failed, after: 1s, level: 2, actions: [Call]}
"""
ONE = """\
regions: {order: [REGION], parameters: {REGION: {HOST: REGION}}}
phases:
  - id: back
    steps:
      - {id: first, run: '$COUNT "SELECT nextval(''STEM-first'')"; echo first >> STEM.log', timeout: 20s}
      - id: go
        run: |
          $COUNT "SELECT nextval('STEM-go')"; echo go >> STEM.log
          until test -e done-$RUN_ID; do sleep 0.05; done
        timeout: 60s
      - {id: last, run: '$COUNT "SELECT nextval(''STEM-last'')"; echo last >> STEM.log', timeout: 20s}
"""


@pytest.fixture(autouse=True)
def ended(site: Site) -> Iterator[None]:
    """Leave one worker to the next test, for it takes long to start; a frozen one is ended too."""
    yield
    site.end(but="w-again")


def one(region: str, stem: str) -> str:
    return ONE.replace("REGION", region).replace("STEM", stem)


def test_three_regions_on_three_workers_one_of_which_fails(site: Site) -> None:
    site.counter("as", "am", "eu")
    for region in ("asia", "america", "europe"):
        site.worker(region)
    plan = site.plan(THREE)
    process = plan.execute("--no-ladder")
    for number, region in enumerate(("america", "europe"), 1):
        wait_for(lambda number=number: len(plan.of("gate.waiting")) == number, 60)  # type: ignore[misc]
        assert plan.of("gate.waiting")[-1]["step"] == f"regions/before-{region}"
        assert site.gov("approve", plan.folder.name, "--as", "ben")[0] == 0
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (ExitCode.ROLLBACK_FAILED, "")
    assert [site.counted(name) for name in ("as", "am", "eu")] == [1, 1, 1]
    ends = {data["region"]: (data["result"], data["sla_met"]) for data in plan.of("region.finished")}
    assert ends == {"asia": ("passed", True), "america": ("failed", False), "europe": ("passed", True)}
    assert {data["sla_seconds"] for data in plan.of("region.finished")} == {40}
    started = {data["region"]: data["decided_at"] for data in plan.of("region.started")}
    decided = [event["at"] for event in plan.events() if event["type"] == "gate.decided"]
    assert started["asia"] < decided[0] <= started["america"] < decided[1] <= started["europe"]
    assert re.search(r"america  failed in .* of 40.0s \(not rolled back\): phase 'back' failed", out)
    report = (plan.folder / "incident_report.md").read_text()
    assert "| `europe` | passed |" in report
    assert (plan.folder / "regions" / "europe" / "incident_report.md").exists()
    streams = Streams(site.url, plan.folder.name)
    assert streams.names() == ("", "regions/america", "regions/asia", "regions/europe")
    for name in streams.names():
        assert streams.lines(name) == (plan.folder / name / "journal.jsonl").read_bytes()
    streams.close()
    lanes = json.loads(site.gov("status", plan.folder.name, "--json")[1])["regions"]
    assert [lane["state"] for lane in lanes] == ["passed", "failed", "passed"]
    again = f"nobody calls level 2 of its escalation ladder: rollback-gov resume {plan.folder.name} --distributed\n"
    assert again in site.gov("status", plan.folder.name)[1]

    code, out = site.gov("resume", plan.folder.name, "--distributed", "--yes")
    assert (code, "its escalation ladder goes on" in out) == (ExitCode.ROLLBACK_FAILED, True)
    assert [data["level"] for data in plan.of("escalated")] == [2], "america has taken the first"
    with closing(Streams(site.url, plan.folder.name)) as streams:
        assert streams.lines("") == (plan.folder / "journal.jsonl").read_bytes()


def test_a_worker_that_is_killed_goes_on_when_it_is_started_again(site: Site) -> None:
    site.counter("again-first", "again-go", "again-last")
    worker = site.worker("again")
    plan = site.plan(one("again", "again"))
    process = plan.execute()
    plan.step_runs("again")
    worker.kill()
    worker.wait()
    site.worker("again")
    (plan.path.parent / f"done-{plan.folder.name}.again").touch()
    out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, ""), out
    assert [site.counted(f"again-{step}") for step in ("first", "go", "last")] == [1, 1, 1]
    ends = {data["step"]: data["recovered"] for data in plan.of("step.finished", "again")}
    assert ends["phases/back/go"] in ("adopted", "found")


@pytest.mark.slow
def test_a_peer_takes_over_and_asks_about_what_it_cannot_know(site: Site) -> None:
    site.counter("peer-first", "peer-go", "peer-last")
    first = site.worker("peer", "first")
    plan = site.plan(one("peer", "peer"))
    process = plan.execute()
    group = plan.step_runs("peer")
    site.worker("peer", "second")
    first.kill()
    first.wait()
    kill_group(group)
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.FINDINGS
    assert "Nobody knows whether step 'phases/back/go' had its effect" in err
    assert f"rollback-gov resume {plan.folder.name} --distributed" in err
    assert [site.counted(f"peer-{step}") for step in ("first", "go")] == [1, 1], "nothing is repeated in silence"
    code, said = site.gov("resume", plan.folder.name)
    assert (code, "their journals lie in the database" in said) == (ExitCode.USAGE, True)
    code, said = site.gov(
        "resume", f"{plan.folder.name}.peer", "--distributed", "--settle", "phases/back/go=done", "--as", "ann"
    )
    assert code == 0, said
    assert [site.counted(f"peer-{step}") for step in ("first", "go", "last")] == [1, 1, 1]


@slow
def test_a_worker_that_only_seemed_dead_stops_and_does_nothing_twice(site: Site) -> None:
    """It is frozen and its connections are cut, as on a host that loses its network and comes back."""
    site.counter("zombie-first", "zombie-go", "zombie-last")
    zombie = site.worker("zombie", "z-first")
    plan = site.plan(one("zombie", "zombie"))
    process = plan.execute()
    plan.step_runs("zombie")
    wait_for(lambda: site.counted("zombie-go") == 1)
    run = plan.folder.name
    site.worker("zombie", "z-second")
    zombie.send_signal(signal.SIGSTOP)
    site.cut_off(zombie)
    _, err = process.communicate(timeout=90)
    assert "Nobody knows whether step 'phases/back/go' had its effect" in err
    words = ("--distributed", "--settle", "phases/back/go=done", "--as", "ann")
    code, said = site.gov("resume", f"{run}.zombie", *words)
    assert code == 0, said
    (plan.path.parent / f"done-{run}.zombie").touch()
    zombie.send_signal(signal.SIGCONT)
    out, err = zombie.communicate(timeout=60)
    assert zombie.returncode == ExitCode.FINDINGS
    assert "was taken over by worker z-second" in out
    assert "this process stops here." in out
    assert err == "rollback-gov: The worker z-first cannot go on.\nStart it again under the same name.\n"
    assert [site.counted(f"zombie-{step}") for step in ("first", "go", "last")] == [1, 1, 1]
    assert [data["step"] for data in plan.of("step.finished", "zombie")].count("phases/back/go") <= 1


FROZEN = """\
regions: {order: [ice], parameters: {ice: {HOST: ice}}}
phases:
  - id: back
    steps:
      - id: go
        run: '$COUNT "SELECT nextval(''ice-go'')"; test -e done-$RUN_ID'
        until: {every: 2s, within: 120s}
        timeout: 120s
      - {id: last, run: '$COUNT "SELECT nextval(''ice-last'')"', timeout: 20s}
"""


@slow
def test_a_frozen_worker_is_taken_over_and_begins_nothing_when_it_thaws(site: Site) -> None:
    """Its connections are open and its locks are held: only its signs of life are missing."""
    site.counter("ice-go", "ice-last")
    frozen = site.worker("ice", "i-first")
    plan = site.plan(FROZEN)
    process = plan.execute()
    wait_for(lambda: site.counted("ice-go") >= 1, 60)
    site.worker("ice", "i-second")
    frozen.send_signal(signal.SIGSTOP)
    began = time.monotonic()
    _, err = process.communicate(timeout=90)
    assert "Nobody knows whether step 'phases/back/go' had its effect" in err
    assert LEASE_SECONDS - BEAT_SECONDS <= time.monotonic() - began < 6 * LEASE_SECONDS
    words = ("--distributed", "--settle", "phases/back/go=done", "--as", "ann")
    code, said = site.gov("resume", f"{plan.folder.name}.ice", *words)
    assert code == 0, said
    tries = site.counted("ice-go")
    frozen.send_signal(signal.SIGCONT)
    out, err = frozen.communicate(timeout=60)
    assert frozen.returncode == ExitCode.FINDINGS
    assert "was taken over by worker i-second" in out
    assert err == "rollback-gov: The worker i-first cannot go on.\nStart it again under the same name.\n"
    assert (site.counted("ice-go"), site.counted("ice-last")) == (tries, 1)
    assert plan.of("step.finished", "ice")[-1]["step"] == "phases/back/last"


def test_a_stopped_coordinator_stops_its_workers_and_goes_on_elsewhere(site: Site) -> None:
    site.counter("stop-first", "stop-go", "stop-last")
    worker = site.worker("again")
    plan = site.plan(one("again", "stop").replace("timeout: 60s", "timeout: 60s\n        idempotent: true"))
    process = plan.execute()
    plan.step_runs("again")
    process.terminate()
    _, err = process.communicate(timeout=60)
    assert (process.returncode, worker.poll()) == (ExitCode.INTERRUPTED, None)
    assert "was interrupted by SIGTERM" in err
    run = plan.folder.name
    plan.folder.rename(site.root / "lost")
    (plan.path.parent / f"done-{run}.again").touch()
    code, said = site.gov("resume", "latest", "--distributed", "--as", "ann")
    assert code == 0, said
    assert f"Run {run} goes on." in said
    assert [site.counted(f"stop-{step}") for step in ("first", "go", "last")] == [1, 2, 1]


def test_whoever_cancels_a_region_cancels_the_run(site: Site) -> None:
    site.counter("wish-first", "wish-go", "wish-last")
    worker = site.worker("again")
    plan = site.plan(one("again", "wish"))
    process = plan.execute()
    plan.step_runs("again")
    region = f"{plan.folder.name}.again"
    wait_for(lambda: plan.of("step.intent", "again"), 60)
    code, said = site.gov("cancel", region, "--reason", "wrong plan", "--as", "ben")
    assert code == 0, said
    _, err = process.communicate(timeout=60)
    assert (process.returncode, worker.poll()) == (ExitCode.INTERRUPTED, None), err
    assert plan.of("cancel.requested") == [{"by": "ben", "reason": "wrong plan", "after_step": False}]
    assert plan.of("run.interrupted", "again")


def test_a_worker_with_another_checkout_does_not_begin(site: Site) -> None:
    site.worker("again")
    plan = site.plan(one("again", "other"))
    site.workers["w-again"].send_signal(signal.SIGSTOP)
    process = plan.execute()
    wait_for(lambda: plan.of("region.started"), 60)
    plan.path.write_text(plan.path.read_text().replace("id: first", "id: changed"))
    site.workers["w-again"].send_signal(signal.SIGCONT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == ExitCode.FINDINGS
    assert "The worker w-again has another version of rollback/" in err


@slow
def test_a_database_that_is_away_for_five_seconds_stops_nothing(tmp_path: Path) -> None:
    with start_postgresql() as server, closing(new_site(tmp_path, server)) as site:
        server.query("ALTER SYSTEM SET synchronous_commit = on")  # as everywhere but in tests
        server.query("SELECT pg_reload_conf()")
        site.counter("away-first", "away-go", "away-last")
        site.worker("away", "first")
        peer = site.worker("away", "second")
        plan = site.plan(one("away", "away"))
        process = plan.execute()
        plan.step_runs("away")
        log = plan.path.parent / "away.log"
        wait_for(lambda: log.exists() and "go" in log.read_text())
        server.stop()
        time.sleep(5)
        server.start()
        time.sleep(5)  # a peer that took the silence for death would take over now
        (plan.path.parent / f"done-{plan.folder.name}.away").touch()
        out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, ""), out
        # Not by the sequences: a crash may move those on.
        assert log.read_text().split() == ["first", "go", "last"]
        assert plan.of("run.resumed", "away") == []
        assert peer.poll() is None


def test_two_workers_never_share_a_name(site: Site) -> None:
    site.worker("again")
    code, said = site.gov("worker", "--region", "again", "--name", "w-again")
    assert (code, "A worker named w-again is running already." in said) == (ExitCode.USAGE, True)
