"""Several processes and one breach: however many watch, and whoever is killed, one rollback is begun."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from tests.cli.test_watch import PLAN, Repository
from tests.conftest import need
from tests.plans_example.kubernetes_api import kubernetes_api
from tests.servers import Postgresql, postgresql
from tests.sources.web import serve
from tests.thoroughness import examples
from tests.triggers.test_lease import AT_LENGTH, cluster

__all__ = ["postgresql"]

SLOW = "echo $$ >> {out}; sleep {seconds}; echo undone > undone"
OP_7 = "watch-op-7-staging"


class Site:
    """One repository, or the same one on several machines: each step that runs writes a line into one file."""

    def __init__(self, folder: Path, repository: Repository) -> None:
        self.folder, self.first = folder, repository
        self.out = folder / "ran"
        self.processes: list[subprocess.Popen[str]] = []
        self.environ: dict[str, str] = dict(os.environ)

    def plan(self, *, seconds: float = 0.3, **changes: str) -> None:
        text = PLAN.replace("echo undone > undone", SLOW.format(out=self.out, seconds=seconds))
        for old, new in changes.items():
            text = text.replace(old, new)
        self.first.plan.write_text(text)

    def copy(self, name: str) -> Repository:
        """The same repository on another machine."""
        root = self.folder / name
        shutil.copytree(self.first.root, root, ignore=shutil.ignore_patterns("incidents", "[a-z]-machine"))
        return Repository(root, self.first.web)

    def start(self, repository: Repository, *words: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "rollback_gov", *words]
        process = subprocess.Popen(
            command, cwd=repository.root, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self.processes.append(process)
        return process

    def watch(self, repository: Repository, *more: str) -> subprocess.Popen[str]:
        return self.start(repository, *repository.command("--for", "60s", *more))

    def wait(self, what: str, seconds: float = 90) -> None:
        """Wait until every watch says it has read something, or until a step runs."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            logs = list(self.folder.glob(f"**/{OP_7}/decision*.jsonl"))
            seen = sum('"tick"' in path.read_text() for path in logs)
            if (what == "step" and self.out.exists()) or (what != "step" and seen == int(what)):
                return
            time.sleep(0.02)
        raise AssertionError(f"{what} did not come: {[process.poll() for process in self.processes]}")

    def breach(self) -> None:
        self.first.web.text("/errors", "0.05")

    @property
    def ran(self) -> int:
        return len(self.out.read_text().splitlines()) if self.out.exists() else 0


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serve() as web:
        web.text("/errors", "0.001")
        repository = Repository(tmp_path / "a-machine", web)
        repository.plan.parent.mkdir(parents=True)
        settings = repository.root / ".rollback-gov" / "environments.yaml"
        settings.parent.mkdir()
        settings.write_text(f"environments: {{staging: {{class: staging, endpoints: {{api: '{web.url}'}}}}}}\n")
        made = Site(tmp_path, repository)
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()
                process.wait()
                if process.stdout is not None:
                    process.stdout.close()


@contextmanager
def place(kind: str, folder: Path, server: Postgresql) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Where several machines take turns: the address, and what processes need to reach it."""
    if kind == "database":
        yield server.url(server.create_database()), {}
        return
    need("kubectl")
    with kubernetes_api(folder) as (_, config):
        yield "kubernetes:test", cluster(config)


def outs(*processes: subprocess.Popen[str]) -> list[str]:
    return [process.communicate(timeout=180)[0] for process in processes]


def outcomes(repository: Repository, number: str = "") -> list[str]:
    path = repository.root / "incidents" / OP_7 / f"decision{number}.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line["data"]["outcome"] for line in lines if line["type"] == "acted"]


def test_two_watchers_on_one_machine_begin_one(site: Site) -> None:
    site.plan()
    one, two = site.watch(site.first), site.watch(site.first)
    site.wait("2")
    site.breach()
    said = outs(one, two)
    assert site.ran == 1, said
    assert sorted([one.returncode, two.returncode]) == [0, 1], said
    both = sorted([outcomes(site.first), outcomes(site.first, "-2")])
    assert both == [["corroborated"], ["started", "passed"]]
    assert len(list((site.first.root / "incidents").glob("op-7-*"))) == 1


@pytest.mark.parametrize("kind", ["database", pytest.param("cluster", marks=AT_LENGTH)])
def test_two_replicas_without_a_shared_disk_begin_one(site: Site, kind: str, postgresql: Postgresql) -> None:
    site.plan(seconds=1)
    other = site.copy("b-machine")
    with place(kind, site.folder, postgresql) as (address, environ):
        site.environ |= environ
        one, two = (site.watch(repository, "--lease", address) for repository in (site.first, other))
        site.wait("2")
        site.breach()
        said = outs(one, two)
        assert site.ran == 1, said
        assert sorted([one.returncode, two.returncode]) == [0, 1], said
        assert sorted([outcomes(site.first), outcomes(other)]) == [["corroborated"], ["started", "passed"]]
        # A supervisor that starts a replica again does not begin another rollback.
        again = site.watch(other, "--lease", address)
        (text,) = outs(again)
        assert (again.returncode, site.ran) == (1, 1), text
        assert "and it passed" in text


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("ROLLBACK_GOV_SLOW"), reason="at length: make test-slow")
def test_a_replica_that_dies_in_its_run_leaves_it_to_a_person(site: Site, postgresql: Postgresql) -> None:
    site.plan(seconds=30)
    other = site.copy("b-machine")
    with place("database", site.folder, postgresql) as (address, _):
        one = site.watch(site.first, "--lease", address)
        site.wait("1")
        site.breach()
        site.wait("step")
        two = site.watch(other, "--lease", address)
        site.wait("2")
        one.kill()  # and nobody waits for it: what is left of a process is no process
        (text,) = outs(two)
    assert (two.returncode, site.ran) == (1, 1), text
    run = next((site.first.root / "incidents").glob("op-7-*")).name
    assert f"The run {run} has begun and has not ended. To go on with it: rollback-gov resume {run}" in text


@pytest.mark.parametrize("first", ["watch", pytest.param("person", marks=AT_LENGTH)])
def test_a_watch_and_a_person_begin_one(site: Site, first: str) -> None:
    site.plan(seconds=1.5)
    watch = site.watch(site.first)
    site.wait("1")
    by_hand = ("execute", str(site.first.plan), "-e", "staging", "--reason", "errors", "--as", "ana", "--yes")
    if first == "watch":
        site.breach()
        site.wait("step")
        person = site.start(site.first, *by_hand)
    else:
        person = site.start(site.first, *by_hand)
        site.wait("step")
        site.breach()
    said = outs(watch, person)
    assert site.ran == 1, said
    if first == "watch":
        assert (watch.returncode, person.returncode) == (0, 1), said
        assert "A rollback of this operation was begun at" in said[1]
    else:
        assert (watch.returncode, person.returncode) == (1, 0), said
        assert outcomes(site.first) == ["corroborated"]
        assert "for ana, and it passed" in said[0]


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("ROLLBACK_GOV_SLOW"), reason="at length: make test-slow")
def test_at_the_very_same_moment_too(site: Site) -> None:
    site.plan(seconds=0.5)
    watch = site.watch(site.first)
    site.wait("1")
    site.breach()
    people = [
        site.start(site.first, "execute", str(site.first.plan), "-e", "staging", "--reason", "errors", "--yes")
        for _ in range(2)
    ]
    said = outs(watch, *people)
    begun = [path for path in (site.first.root / "incidents").glob("op-7-*") if "step.intent" in journal(path)]
    spans = sorted((events[0]["at"], events[-1]["at"]) for events in map(events_of, begun))
    # A person may roll back again after a rollback; two never run at the same time.
    assert spans, said
    assert all(end <= begin for (_, end), (begin, _) in pairwise(spans)), said


def journal(run: Path) -> str:
    path = run / "journal.jsonl"
    return path.read_text() if path.exists() else ""


def events_of(run: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in journal(run).splitlines()]


def test_kill_9_at_any_moment_and_the_same_is_decided(site: Site) -> None:
    """However often it is killed on the way, the rollback is begun once, by the same triggers."""
    site.plan(seconds=0.1, **{"for: 200ms": "for: 600ms"})
    site.breach()
    random = Random(7)
    for _ in range(examples(6)):
        process = site.start(site.first, *site.first.command("--for", "60s", "--json"))
        assert process.stdout is not None
        for line in process.stdout:
            if '"type":"tick"' in line:
                break
        time.sleep(random.uniform(0, 0.15))
        process.kill()
        process.communicate()
        if site.ran:
            break
    last = site.watch(site.first)
    (text,) = outs(last)
    assert site.ran == 1, text
    begun = [line["data"] for line in site.first.decisions if line["type"] == "acted"]
    assert {tuple(data["triggers"]) for data in begun} == {("errors",)}
    assert [data["outcome"] for data in begun].count("started") == 1
