"""A storm of ``kill -9`` over workers of three regions, one of which has a peer, and over their coordinator, with a
database that goes away.

``python -m tests.distributed.storm`` kills as many processes as ``KILLS`` says; ``SEED`` makes the same plans again.
Steps leave their effects in a database of another server than the one that holds the journals. A careful person answers
what a run asks: waits for what still runs, looks at the outside, and then says.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from rollback_gov.execution.chain import parse_lines
from rollback_gov.execution.glance import glance
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import FILE
from rollback_gov.execution.postgres.streams import Streams
from rollback_gov.execution.proc import Identity, group_members
from rollback_gov.model.event import Event
from rollback_gov.model.exit_codes import ExitCode
from tests.distributed.site import Plan, Site, kill_group, new_site
from tests.execution.reckoning import Planned, Reckoning
from tests.servers import Postgresql, start_postgresql

REGIONS = ("asia", "america", "europe")
WORKERS = {"w-asia": "asia", "w-america": "america", "w-europe": "europe", "p-asia": "asia"}
"""Name -> region. In one region a peer takes over what the other leaves."""
PEERS = ("w-asia", "p-asia")
LATE_SECONDS, FROZEN_SECONDS = 6.0, 18.0
"""At most: until a worker whose peer is at work is started again, and until a frozen one thaws."""
AWAY_SECONDS = 5.0
MOST_LINES = 4
"""In the journals of all regions, between two strikes. A run that nobody kills writes about thirty times as many."""
KILLS_BETWEEN_OUTAGES = 40
_PATIENTLY = "for _ in $(seq 15); do"
"""On another machine a step may still run when its `verify` is asked."""
_COMMAND = "python -m tests.distributed.storm"
_VICTIMS = {
    "worker": 25,
    "worker and its steps": 30,
    "coordinator": 20,
    "all workers": 12,
    "coordinator and a worker": 13,
    "frozen worker": 8,
}


@dataclass(kw_only=True)
class WorkerStorm(Reckoning):
    """Runs plans of three regions over and over, kills, and counts."""

    site: Site
    outside: Postgresql
    random: Random
    workers: dict[str, subprocess.Popen[str]] = field(default_factory=dict)
    due: dict[str, float] = field(default_factory=dict)
    """When a worker that has ended is started again, and when a frozen one thaws."""
    planned: dict[str, dict[str, Planned]] = field(default_factory=dict)
    answered: set[tuple[str, str]] = field(default_factory=set)
    plan: Plan = field(init=False)
    until_outage: int = KILLS_BETWEEN_OUTAGES

    def until(self, kills: int) -> WorkerStorm:
        """Run plans until that many processes have been killed, with one outage of the database at least."""
        self.until_outage = min(kills // 2, KILLS_BETWEEN_OUTAGES)
        while self.kills.total() < kills:
            self.runs += 1
            self._prepare()
            words = self._first_words()
            while words:
                words = self._coordinate(words, kills)
            self.check()
            print(f"run {self.runs}: {self.kills.total()} kills, {len(self.wrong)} wrong", flush=True)
        return self

    def _prepare(self) -> None:
        self.planned = {region: {} for region in REGIONS}
        operation = f"run-{self.runs}"
        phases = [self._phase(operation, f"p{number}") for number in range(self.random.randint(1, 2))]
        strategy = {
            "max_parallel": self.random.choice([1, 2, 3, 3]),
            "gate_between": self.random.choice(["approval", "none"]),
            "max_failures": 0,
        }
        parameters = {region: {"HOST": region} for region in REGIONS}
        regions = {"order": list(REGIONS), "strategy": strategy, "parameters": parameters}
        self.plan = self.site.plan(f"regions: {json.dumps(regions)}\nphases: {json.dumps(phases)}\n")

    def _phase(self, run: str, phase: str) -> dict[str, Any]:
        steps = [self._step(run, phase, style) for style in self.random.sample(["plain", "idempotent", "verify"], k=3)]
        if self.random.random() < 0.3:
            path = f"phases/{phase}/gate"
            steps.insert(1, {"id": "gate", "gate": {"ask": f"{path}?", "deadline": "5m"}})
            for region in REGIONS:
                self._expect(region, path, Planned(lambda r=region, p=path: self._approvals(r, p), repeatable=True))  # type: ignore[misc]
        return {"id": phase, "steps": steps}

    def _step(self, run: str, phase: str, style: str) -> dict[str, Any]:
        path = f"phases/{phase}/{style}"
        before, after = (self.random.choice(["", "sleep 0.1; ", "sleep 0.5; ", "sleep 2; "]) for _ in range(2))
        insert = f"INSERT INTO effects VALUES ('{run}', '$HOST', '$STEP')"
        step = {
            "id": style,
            "run": f'{before}$COUNT "{insert}"; {after}true',
            "timeout": "60s",
            "on_failure": "continue",
        }
        mine = f"SELECT count(*) FROM effects WHERE run = '{run}' AND step = '{path}' AND region = "
        for region in REGIONS:
            again = style == "idempotent"
            seen = lambda sql=f"{mine}'{region}'": int(self.outside.query(sql))  # noqa: E731
            self._expect(region, path, Planned(seen, repeatable=again, at_most_once=not again))
        more: dict[str, dict[str, Any]] = {
            "idempotent": {"idempotent": True},
            "verify": {
                "verify": f"{_PATIENTLY} test $($COUNT \"{mine}'$HOST'\") -gt 0 && exit 0; sleep 0.2; done; exit 1"
            },
        }
        return step | more.get(style, {})

    def _expect(self, region: str, path: str, planned: Planned) -> None:
        self.planned[region][path] = planned

    def _approvals(self, region: str, path: str) -> int:
        decided = [event for event in self._events(region) if event.type == "gate.decided"]
        return sum(event.data["step"] == path for event in decided)

    # One coordinator after the other

    def _first_words(self) -> tuple[str, ...]:
        path = str(self.plan.path)
        return ("execute", path, "-e", "production", "--reason", "errors", "--yes", "--distributed", "--no-ladder")

    def _coordinate(self, words: tuple[str, ...], kills: int) -> tuple[str, ...]:
        """Run one coordinator; gives the words for the next one, none at the end of the run."""
        said = self.site.root / "said"
        said.unlink(missing_ok=True)
        process = self.site.unattended(said, *words)
        while self.kills.total() < kills and process.poll() is None:
            self._wait_for_lines(process, self.random.randint(1, MOST_LINES))
            self._wait(process, self.random.uniform(0, 0.3))
            if process.poll() is None:
                self._strike(process)
        self._wait(process, 180)
        if process.poll() == ExitCode.PASSED:
            return ()
        return self._go_on(process, said.read_text(encoding="utf-8"))

    def _go_on(self, process: subprocess.Popen[str], said: str) -> tuple[str, ...]:
        """Do what its user would do: start again, resume, or look and answer."""
        if process.poll() is None:
            self.blame("lost", f"it does not end: {said}")
            process.kill()
            return ()
        if not self._known_runs():
            return self._first_words()
        resume = ("resume", self._run, "--distributed", "--as", "ann", "--yes")
        if process.returncode < 0 or "does not answer" in said:
            return resume
        for region in REGIONS:
            path, attempt = self._open_question(region)
            if path:
                self.tally["asked"] += 1
                answer = f"{path}@{attempt}={self._look(region, path)}"
                return ("resume", f"{self._run}.{region}", *resume[2:], "--settle", answer)
        if f"{self._run} has ended" not in said:
            self.blame("lost", f"the coordinator ended with {process.returncode}: {said}")
        return ()

    def _known_runs(self) -> str:
        return self.site.server.query(
            f"SELECT DISTINCT run FROM rollback_gov.line WHERE run LIKE '{self.plan.operation}-%'", self.site.database
        )

    @property
    def _run(self) -> str:
        (run,) = self._known_runs().split()
        return run

    def _open_question(self, region: str) -> tuple[str, int]:
        """Give the step of a region that nobody knows about."""
        asked: tuple[str, int] = ("", 0)
        for event in self._events(region):
            if event.type == "step.unknown":
                asked = (event.data["step"], event.data["attempt"])
            elif event.type in ("step.settled", "step.intent", "run.finished"):
                asked = ("", 0)
        return asked

    def _look(self, region: str, path: str) -> str:
        """Be the person who is asked: wait for what still runs, and look at the effect."""
        for name in (name for name, its in WORKERS.items() if its == region):
            for identity in self._shims(name):
                while group_members(identity.pid):
                    time.sleep(0.01)
        time.sleep(0.1)  # a server ends what its client asked for, though the client is dead
        return "done" if self.planned[region][path].effects() else "again"

    # Who dies, and who comes back

    def _wait(self, process: subprocess.Popen[str], seconds: float) -> None:
        end = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < end:
            self._supervise()
            self._approve()
            time.sleep(0.02)

    def _wait_for_lines(self, process: subprocess.Popen[str], more: int) -> None:
        """Wait until the run has come on, however slow the machine is; a run that waits is struck too."""
        wanted, end = self._written() + more, time.monotonic() + 15
        while process.poll() is None and self._written() < wanted and time.monotonic() < end:
            self._wait(process, 0.1)

    def _written(self) -> int:
        """Count what the coordinator and the workers have written on their machines."""
        here = self.site.root / "incidents"
        files = (*here.glob(f"{self.plan.operation}-*/{FILE}"), *here.glob(f".worker-*/{self.plan.operation}-*/{FILE}"))
        return sum(file.read_bytes().count(b"\n") for file in files)

    def _supervise(self) -> None:
        """Start every worker that is not there, under its own name, and thaw who was frozen for long enough."""
        now = time.monotonic()
        for name, region in WORKERS.items():
            worker = self.workers.get(name)
            if worker is not None and worker.poll() is None:
                if self.due.get(name, now + 1) <= now:
                    worker.send_signal(signal.SIGCONT)
                    del self.due[name]
                continue
            if worker is not None and name not in self.due:
                self.tally["gave up"] += worker.returncode != -signal.SIGKILL
                self.due[name] = now + (self.random.uniform(0, LATE_SECONDS) if self._peer_works(name) else 0)
            if self.due.get(name, now) <= now:
                self.due.pop(name, None)
                log = self.site.root / f"{name}.log"
                self.workers[name] = self.site.unattended(log, "worker", "--region", region, "--name", name)

    def _approve(self) -> None:
        """Answer gates from elsewhere, each once: an answer survives the processes between."""
        for folder in (self.site.root / "incidents").glob(f"{self.plan.operation}-*"):
            for place in (folder, *(folder / "regions" / region for region in REGIONS)):
                with suppress(Exception):  # no journal yet, or one that is just being written
                    self._approve_in(place)

    def _approve_in(self, place: Path) -> None:
        for gate in {waiting.step for waiting in glance(place).progress.waiting}:
            if (str(place), gate) not in self.answered:
                self.answered.add((str(place), gate))
                answer = Answer(step=gate, decision="approved", by="bob", reason="", executable="")
                leave(place, answer, number=time.time_ns())

    def _strike(self, coordinator: subprocess.Popen[str]) -> None:
        if self.kills.total() >= self.until_outage:
            self.until_outage += KILLS_BETWEEN_OUTAGES
            self._stop_the_database(coordinator)
        (victim,) = self.random.choices(list(_VICTIMS), list(_VICTIMS.values()))
        if victim == "frozen worker":
            self._freeze(self.random.choice(PEERS))
            return
        names = tuple(WORKERS) if victim == "all workers" else (self._busy_worker(),)
        if "coordinator" in victim:
            self._kill("coordinator", coordinator)
        for name in names if "worker" in victim else ():
            groups = [identity.pid for identity in self._shims(name)] if "steps" in victim else []
            self._kill("worker", self.workers[name])
            self.due.pop(name, None)
            for group in groups:
                kill_group(group)
                self.kills["step"] += 1

    def _freeze(self, name: str) -> None:
        """Stop a worker with its connections open; its peer has to take over, or it comes back in time."""
        if self.workers[name].poll() is None and self._peer_works(name):
            self.tally["frozen"] += 1
            self.workers[name].send_signal(signal.SIGSTOP)
            self.due[name] = time.monotonic() + self.random.uniform(1, FROZEN_SECONDS)

    def _kill(self, what: str, process: subprocess.Popen[str]) -> None:
        """Kill a process; one that had ended by itself does not count."""
        if process.poll() is None:
            self.kills[what] += 1
            process.kill()
            process.wait()

    def _peer_works(self, name: str) -> bool:
        others = [other for other in PEERS if other != name] if name in PEERS else []
        return any(self.workers[other].poll() is None and other not in self.due for other in others)

    def _busy_worker(self) -> str:
        """Rather one where a step runs."""
        busy = [name for name in WORKERS if any(self._shims(name))]
        return self.random.choice(busy or list(WORKERS))

    def _stop_the_database(self, coordinator: subprocess.Popen[str]) -> None:
        self.tally["outages"] += 1
        self.site.server.stop()
        self._wait(coordinator, AWAY_SECONDS)
        self.site.server.start()

    def _shims(self, name: str) -> Iterator[Identity]:
        """Give the steps that run on the machine of a worker."""
        here = self.site.root / "incidents" / f".worker-{name}"
        for file in here.glob(f"{self.plan.operation}-*/.state/*/*/process"):
            with suppress(OSError, ValueError):
                identity = Identity.parse(file.read_text(encoding="utf-8"))
                if identity is not None and identity.is_alive:
                    yield identity

    # What came of it

    def _events(self, region: str) -> tuple[Event, ...]:
        stream = f"regions/{region}" if region else ""
        with closing(Streams(self.site.url, self._run)) as streams:
            return tuple(parse_lines(streams.lines(stream), stream))  # raises for a chain that is not whole

    def check(self) -> None:
        """Hold the journals of the run against the plan and against what the outside saw."""
        ends = {
            event.data["region"]: event.data["result"] for event in self._events("") if event.type == "region.finished"
        }
        if ends != dict.fromkeys(REGIONS, "passed") or self._events("")[-1].type != "run.finished":
            self.blame("lost", f"the regions ended as {ends}")
        for region in REGIONS:
            events = self._events(region)
            self.tally["taken up again"] += sum(event.type == "run.resumed" for event in events)
            self.examine(events, self.planned[region], unneeded=frozenset())
            with closing(Streams(self.site.url, self._run)) as streams:
                copy = self.site.root / "incidents" / self._run / "regions" / region / FILE
                if copy.read_bytes() != streams.lines(f"regions/{region}"):
                    self.blame("lost", f"the coordinator's copy of {region} is another one")

    @property
    def summary(self) -> str:
        """What happened, a line each."""
        more = [f"  {name:<32}{self.tally[name]:6}" for name in ("outages", "frozen", "gave up", "taken up again")]
        return "\n".join([super().summary, *more])


@contextmanager
def storm(folder: Path, random: Random) -> Iterator[WorkerStorm]:
    """Start two database servers, one for journals and one for effects; everything is ended with the block."""
    with start_postgresql() as server, start_postgresql() as outside, closing(_site(folder, server)) as site:
        outside.query("CREATE TABLE effects (run text, region text, step text)")
        site.counts_in = outside.url()
        yield WorkerStorm(site=site, outside=outside, random=random)


def _site(folder: Path, server: Postgresql) -> Site:
    """A site whose database syncs, and takes as many connections, as everywhere but in tests."""
    for setting in ("synchronous_commit = on", "max_connections = 100"):
        server.query(f"ALTER SYSTEM SET {setting}")
    server.stop()
    server.start()
    return new_site(folder, server)


def main() -> int:
    """Kill as often as ``KILLS`` says, and give 1 when something happened that must not."""
    seed = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
    kills = int(os.environ.get("KILLS") or 200)
    print(f"SEED={seed} KILLS={kills}, over workers", flush=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="storm-"))
    try:
        with storm(folder, Random(seed)) as here, suppress(KeyboardInterrupt):
            try:
                here.until(kills)
            finally:
                print(here.summary)
                print(f"{time.monotonic() - began:.0f} s; again with: SEED={seed} KILLS={kills} {_COMMAND}", flush=True)
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if here.wrong or here.kills.total() < kills else 0


if __name__ == "__main__":
    sys.exit(main())
