"""A storm of ``kill -9`` over plans of every kind of step, and what the outside saw of it.

``make storm`` kills a thousand times and prints what came of it; ``SEED`` and ``KILLS`` are read from the environment.
Steps leave their effects outside: in a file, in a web server's log, in rows of a PostgreSQL table, by a provisioner of
terraform. A careful person answers what a run asks: looks at the outside first, and then says.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any

from rollback_gov.execution.glance import glance
from rollback_gov.execution.inbox import Answer, leave
from rollback_gov.execution.journal import FILE, read_journal
from rollback_gov.execution.proc import Identity, group_members
from rollback_gov.model.event import Event
from rollback_gov.model.exit_codes import ExitCode
from tests.execution.conftest import HEAD
from tests.execution.crash_run import begin
from tests.execution.reckoning import Planned, Reckoning, results_of
from tests.execution.web import Web, serve
from tests.servers import Postgresql, start_postgresql

LONGEST_SECONDS = 0.35
"""Between the start of a process and its death. A whole run takes about twice as long."""


@dataclass(frozen=True, slots=True)
class Outside:
    """Where effects are seen."""

    web: Web
    database: Postgresql


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of step. ``action`` gives it as a plan writes it; ``effects`` counts what the outside saw of it."""

    action: Callable[[Storm, str], dict[str, Any]]
    effects: Callable[[Storm, str], int]
    can_verify: bool = True
    repeats: bool = False
    """The action itself looks after an attempt that was cut off, and may make it again without a word."""
    at_most_once: bool = True
    """Not even then does the outside see it twice."""
    share: float = 1.0
    """In how many of the phases there is such a step."""
    longest_seconds: float = LONGEST_SECONDS
    """What `LONGEST_SECONDS` is for a step of this kind."""


def _shell(storm: Storm, path: str) -> dict[str, Any]:
    pause = storm.random.choice(["", "sleep 0.03; ", "sleep 0.1; ", "sleep 0.3; "])
    return {"run": f'echo "begin $STEP" >> log; {pause}echo "end $STEP" >> log', "verify": f"grep -q 'end {path}' log"}


def _http(storm: Storm, path: str) -> dict[str, Any]:
    return {"http": {"method": "POST", "url": f"{storm.outside.web.url}/{storm.runs}/{path}", "json": {"on": False}}}


def _sql(storm: Storm, path: str) -> dict[str, Any]:
    psql = f"psql -X -q -At -v ON_ERROR_STOP=1 {storm.outside.database.url()}"
    mine = f"run = {storm.runs} AND step = '{path}'"
    return {
        "run": f"{psql} -c \"INSERT INTO effects (run, step) VALUES ({storm.runs}, '$STEP')\"",
        "verify": f'test $({psql} -c "SELECT count(*) FROM effects WHERE {mine}") -gt 0',
    }


def _rows(storm: Storm, path: str) -> int:
    sql = f"SELECT count(*) FROM effects WHERE run = {storm.runs} AND step = '{path}'"
    return int(storm.outside.database.query(sql))


def _requests(storm: Storm, path: str) -> int:
    """Requests of this step; one that is sent again goes out under a key of its own."""
    mine = [asked for asked in storm.outside.web.requests if asked.target == f"/{storm.runs}/{path}"]
    assert len({asked.headers["Idempotency-Key"] for asked in mine}) == len(mine)
    return len(mine)


_COMMIT = "git init --quiet . && git add {folder} && git {author} commit --quiet --message before && git rev-parse HEAD"
_AUTHOR = "-c user.name=ann -c user.email=ann@example.com"


def _terraform(storm: Storm, path: str) -> dict[str, Any]:
    """Give a step that makes a resource whose provisioner writes the log, and commit its configuration."""
    folder = path.split("/")[1]
    (storm.folder / folder).mkdir()
    command = f"echo 'end {path}' >> {storm.folder}/log"
    resource = f'resource "terraform_data" "it" {{\n  provisioner "local-exec" {{ command = "{command}" }}\n}}\n'
    (storm.folder / folder / "main.tf").write_text(resource)
    script = _COMMIT.format(folder=folder, author=_AUTHOR)
    done = subprocess.run(script, shell=True, cwd=storm.folder, check=True, capture_output=True, text=True)
    return {"terraform": {"directory": folder, "configuration": done.stdout.strip(), "approval": "none"}}


def _lines(storm: Storm, path: str) -> int:
    return storm.log.count(f"end {path}")


def _approvals(storm: Storm, path: str) -> int:
    decided = [event.data for event in storm.events if event.type == "gate.decided" and event.data["step"] == path]
    assert {(data["decision"], data["by"]) for data in decided} <= {("approved", "bob")}
    return len(decided)


KINDS: dict[str, Kind] = {
    "shell": Kind(_shell, _lines),
    "http": Kind(_http, _requests, can_verify=False),
    "sql": Kind(_sql, _rows),
    "gate": Kind(
        lambda _, path: {"gate": {"ask": f"{path}?", "deadline": "60s"}},
        _approvals,
        can_verify=False,
        repeats=True,
        at_most_once=False,
    ),
    # A provisioner that has run is run again where terraform died before it could write its state.
    "terraform": Kind(
        _terraform, _lines, can_verify=False, repeats=True, at_most_once=False, share=0.08, longest_seconds=5
    ),
}
"""One line for each kind of step that the storm goes over."""

_COUNT = 'echo "begin $STEP" >> log; sleep 0.02; echo "end $STEP" >> log'
_FIXED = """
  - id: ways
    alternatives:
      - {id: bad, steps: [{id: first, run: '%s', on_failure: continue}, {id: breaks, run: '%s; exit 3'}]}
      - {id: good, steps: [{id: second, run: '%s', on_failure: continue}]}
  - id: waits
    steps:
      - {id: poll, run: 'echo x >> polls; test $(wc -l < polls) -ge 3', until: {every: 10ms, within: 60s}}
      - {id: pause, wait: 30ms}
verification: {checks: [{id: log, run: test -s log, retries: 5, every: 10ms}]}
""" % ((_COUNT,) * 3)
_BY_KIND = ("plain", "idempotent", "verify")


@dataclass
class Storm(Reckoning):
    """Runs plans over and over, kills, and counts."""

    folder: Path
    random: Random
    outside: Outside
    longest_seconds: float = LONGEST_SECONDS
    planned: dict[str, Planned] = field(default_factory=dict)
    settled: dict[str, str] = field(default_factory=dict)
    answered: set[tuple[int, str]] = field(default_factory=set)

    def until(self, kills: int) -> Storm:
        """Run plans until that many processes have been killed."""
        while self.kills.total() < kills:
            self.runs += 1
            self._prepare()
            while not self._process(kills):
                pass
            self._check()
        return self

    def _prepare(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self.settled, self.planned, self.longest_seconds = {}, {}, LONGEST_SECONDS
        phases = [self._phase(number) for number in range(self.random.randint(2, 3))]
        text = "".join(f"\n  - {json.dumps(phase)}" for phase in phases)
        capture = "capture: {items: [{id: state, run: date, save: state.txt}]}"
        (self.folder / "plan.yaml").write_text(f"{HEAD}{capture}\nphases:{text}{_FIXED}")
        for path in ("ways/bad/first", "ways/bad/breaks", "ways/good/second"):
            self._expect(f"phases/{path}", KINDS["shell"])

    def _expect(self, path: str, kind: Kind, *, idempotent: bool = False) -> None:
        self.planned[path] = Planned(
            lambda: kind.effects(self, path),
            repeatable=idempotent or kind.repeats,
            at_most_once=kind.at_most_once and not idempotent,
        )

    def _phase(self, number: int) -> dict[str, Any]:
        kinds = [name for name in self.random.sample(list(KINDS), k=len(KINDS)) if self._takes_part(KINDS[name])]
        return {"id": f"p{number}", "steps": [self._step(f"p{number}", name) for name in kinds]}

    def _takes_part(self, kind: Kind) -> bool:
        return kind.share == 1 or self.random.random() < kind.share

    def _step(self, phase: str, name: str) -> dict[str, Any]:
        kind, path = KINDS[name], f"phases/{phase}/{name}"
        style = self.random.choice(_BY_KIND if kind.can_verify else _BY_KIND[:2])
        self._expect(path, kind, idempotent=style == "idempotent")
        self.longest_seconds = max(self.longest_seconds, kind.longest_seconds)
        step = {"id": name, "on_failure": "continue", **kind.action(self, path)}
        if style != "verify":
            step.pop("verify", None)
        return step | ({"idempotent": True} if style == "idempotent" else {})

    def _process(self, kills: int) -> bool:
        """Run one process; True when it came to the end of the plan."""
        process, self.settled = begin(self.folder, self.settled), {}  # an answer is for one question
        while self.kills.total() < kills:
            self._wait(process, self._moment())
            if process.exitcode is not None:
                break
            if self._strike(process):
                process.join()
                return False
        self._wait(process, 60)
        if process.exitcode == ExitCode.FINDINGS:
            self._settle()
            return False
        if process.exitcode != ExitCode.PASSED:
            said = (self.folder / "errors").read_text() + self.events[-1].data.get("detail", "")
            self.wrong.append(f"run {self.runs} ended with {process.exitcode}: {said}")
            process.kill()
        return True

    def _moment(self) -> float:
        return self.random.uniform(0, self.random.choice([LONGEST_SECONDS, self.longest_seconds]))

    def _wait(self, process: ForkServerProcess, seconds: float) -> None:
        end = time.monotonic() + seconds
        while process.exitcode is None and (left := end - time.monotonic()) > 0:
            process.join(min(left, 0.02))
            self._approve()

    def _approve(self) -> None:
        """Answer gates from elsewhere, each once: an answer survives the process that asked."""
        with suppress(Exception):  # no journal yet, or one that is just being written
            for gate in (waiting.step for waiting in glance(self.incident).progress.waiting):
                if (self.runs, gate) not in self.answered:
                    self.answered.add((self.runs, gate))
                    answer = Answer(step=gate, decision="approved", by="bob", reason="", executable="")
                    leave(self.incident, answer, number=time.time_ns())

    def _strike(self, process: ForkServerProcess) -> bool:
        """Kill something; True when the executor is dead. Where there is no step to kill, the executor goes."""
        victim = self.random.choices(("executor", "all", "executor and shim", "shim", "step"), (40, 20, 15, 10, 15))[0]
        shims = [] if victim == "executor" else self._await_shims(process)
        inner = [pid for shim in shims for pid in group_members(shim) if pid != shim]
        if process.exitcode is not None:
            return False
        if not (inner if victim == "step" else shims):
            victim = "executor"
        self.kills[victim] += 1
        dying = {"all": [*shims, *inner], "executor and shim": shims, "shim": shims, "step": inner}.get(victim, [])
        fatal = victim not in ("shim", "step")
        for pid in [*([process.pid or 0] if fatal else []), *dying]:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return fatal

    def _await_shims(self, process: ForkServerProcess) -> list[int]:
        """The next step begins in a few milliseconds, on a machine that has nothing else to do."""
        end = time.monotonic() + 1
        while not (shims := [identity.pid for identity in self._shims()]) and time.monotonic() < end:
            self._wait(process, 0.003)
            if process.exitcode is not None:
                break
        return shims

    def _shims(self) -> Iterator[Identity]:
        for folder, _, files in os.walk(self.incident / ".state"):
            with suppress(OSError, ValueError):
                identity = Identity.parse((Path(folder) / "process").read_text()) if "process" in files else None
                if identity is not None and identity.is_alive:
                    yield identity

    def _settle(self) -> None:
        """Be the person who is asked: wait for what still runs, look at the effect, and say."""
        self.tally["asked"] += 1
        asked = next(event.data for event in reversed(self.events) if event.type == "step.unknown")
        path: str = asked["step"]
        self._await_leftovers(path)
        planned = self.planned.get(path)
        done = planned is not None and planned.effects() > 0
        self.settled = {f"{path}@{asked['attempt']}": "done" if done else "again"}

    def _await_leftovers(self, path: str) -> None:
        for file in (self.incident / ".state").glob(f"{path.replace('/', '.')}.*/*/process"):
            with suppress(OSError, ValueError):
                group = Identity.parse(file.read_text()).pid
                while group_members(group):
                    time.sleep(0.01)

    @property
    def incident(self) -> Path:
        """The incident folder of the run."""
        return self.folder / "incident"

    @property
    def events(self) -> tuple[Event, ...]:
        """The journal so far."""
        return read_journal(self.incident / FILE)

    @property
    def log(self) -> list[str]:
        """What shell steps wrote."""
        path = self.folder / "log"
        return path.read_text().splitlines() if path.exists() else []

    def _check(self) -> None:
        """Nothing twice in silence, nothing lost, nothing unanswered."""
        events = self.events  # raises for a chain that is not whole
        broken = results_of(events).get("phases/ways/bad/breaks")
        # A person may say that what breaks is done; then the other way is none.
        self.examine(events, self.planned, unneeded={"phases/ways/good/second"} if broken == "done" else set())

    def blame(self, what: str, sentence: str) -> None:
        """Keep the folder of the run too, where ``KEEP`` says so."""
        super().blame(what, sentence)
        if os.environ.get("KEEP"):
            shutil.copytree(self.folder, os.environ["KEEP"], dirs_exist_ok=True)


@contextmanager
def outside(random: Random) -> Iterator[Outside]:
    """Start a web server that takes its time, and a database."""

    def hesitate(handler: Any) -> None:
        time.sleep(random.choice([0, 0.01, 0.05]))
        with suppress(OSError):
            handler.send_response(204)
            handler.end_headers()

    with serve() as web, start_postgresql() as database:
        web.raw = hesitate
        database.query("CREATE TABLE effects (number serial, run int, step text)")
        yield Outside(web, database)


def main() -> int:
    """Kill as often as ``KILLS`` says, and give 1 when something happened that must not."""
    seed = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
    kills = int(os.environ.get("KILLS") or 1000)
    print(f"SEED={seed} KILLS={kills}", flush=True)
    began = time.monotonic()
    with (
        outside(Random(seed)) as around,
        tempfile.TemporaryDirectory(prefix="storm-", ignore_cleanup_errors=True) as folder,
    ):
        storm = Storm(Path(folder) / "run", Random(seed), around).until(kills)
    print(storm.summary)
    print(f"{time.monotonic() - began:.0f} s; again with: make storm SEED={seed} KILLS={kills}")
    return 1 if storm.wrong else 0
