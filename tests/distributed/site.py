"""One checkout, one PostgreSQL, and workers as processes of their own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.cli.room import wait_for
from tests.servers import Postgresql

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: OPERATION, title: Shop 3, owner: shop team, level: 2}
change: {services: [shop], from: {shop: v2}, to: {shop: v3}}
sla: 40s
parameters: {HOST: {default: nowhere}}
"""
_operations = count(1)


@dataclass
class Site:
    """``database`` is that of the workers. Steps count in it, one sequence a step, unless ``counts_in`` says where."""

    root: Path
    server: Postgresql
    database: str
    counts_in: str = ""
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    workers: dict[str, subprocess.Popen[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.server.url(self.database)

    def process(self, *words: str) -> subprocess.Popen[str]:
        """Start the command line in the checkout."""
        return self._begin(words, subprocess.PIPE)

    def unattended(self, log: Path, *words: str) -> subprocess.Popen[str]:
        """Start the command line in the checkout; what it says goes to the end of a file."""
        with log.open("a", encoding="utf-8") as file:
            return self._begin(words, file.fileno())

    def _begin(self, words: tuple[str, ...], out: int) -> subprocess.Popen[str]:
        environ = {**os.environ, "PYTHONPATH": os.getcwd(), "ROLLBACK_GOV_DATABASE": self.url}  # noqa: PTH109
        count_in = self.counts_in or self.url
        environ |= {"COUNT": str(self.server.bin / "psql") + f" -X -q -At {count_in} -c", "USER": "ann"}
        process = subprocess.Popen(
            [sys.executable, "-m", "rollback_gov", *words],
            cwd=self.root,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            text=True,
        )
        self.processes.append(process)
        return process

    def gov(self, *words: str) -> tuple[int, str]:
        """Run the command line to its end; gives the exit code and everything that it said."""
        process = self.process(*words)
        out, err = process.communicate(timeout=90)
        return process.returncode, out + err

    def worker(self, region: str, name: str = "") -> subprocess.Popen[str]:
        """Start a worker, or give the one that runs, and wait until it works."""
        known = self.workers.get(name or f"w-{region}")
        if known is not None and known.poll() is None:
            return known
        process = self.process("worker", "--region", region, "--name", name or f"w-{region}")
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line == f"Worker {name or f'w-{region}'} works for region {region}.\n", line
        self.workers[name or f"w-{region}"] = process
        return process

    def plan(self, body: str) -> Plan:
        """Write a plan of a new operation."""
        operation = f"op-{next(_operations)}"
        path = self.root / "rollback" / operation / "plan.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(HEAD.replace("OPERATION", operation) + body, encoding="utf-8")
        return Plan(self, operation, path)

    def counted(self, step: str) -> int:
        """How often a step has run, says the sequence."""
        return int(
            self.server.query(
                f'SELECT CASE is_called WHEN true THEN last_value ELSE 0 END FROM "{step}"', self.database
            )
        )

    def counter(self, *steps: str) -> None:
        for step in steps:
            self.server.query(f'CREATE SEQUENCE "{step}"', self.database)

    def cut_off(self, process: subprocess.Popen[str]) -> None:
        """End the connections of a process to the database, as a network that is gone does."""
        ports = ", ".join(str(port) for port in _ports_of(process.pid))
        ended = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_port IN ({ports})"
        assert "t" in self.server.query(ended)

    def end(self, *, but: str = "") -> None:
        """End every process but that worker: idle ones hold connections, and a server has only so many."""
        kept = self.workers.get(but)
        for process in self.processes:
            if process is not kept:
                with suppress(ProcessLookupError):
                    process.kill()
                process.communicate()
        self.processes = [kept] if kept else []

    def close(self) -> None:
        self.end()


def new_site(root: Path, server: Postgresql) -> Site:
    """A checkout, and a database with its tables; no worker yet."""
    (root / ".rollback-gov").mkdir()
    (root / ".rollback-gov" / "environments.yaml").write_text("environments: {production: {class: production}}\n")
    here = Site(root, server, server.create_database())
    said = here.gov("worker", "--set-up")
    assert said == (0, "The tables are there.\n"), said
    return here


@dataclass
class Plan:
    """A plan of the site, and the only run of it."""

    site: Site
    operation: str
    path: Path

    def execute(self, *more: str) -> subprocess.Popen[str]:
        words = ["execute", str(self.path), "-e", "production", "--reason", "errors", "--yes", "--distributed"]
        return self.site.process(*words, *more)

    @property
    def folder(self) -> Path:
        (path,) = (self.site.root / "incidents").glob(f"{self.operation}-*-execute")
        return path

    def events(self, region: str = "") -> list[dict[str, Any]]:
        """The journal as it is on the coordinator's machine."""
        path = self.folder / (f"regions/{region}" if region else "") / "journal.jsonl"
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        return [json.loads(line) for line in whole.splitlines()]

    def of(self, type_: str, region: str = "") -> list[Mapping[str, Any]]:
        if not list((self.site.root / "incidents").glob(f"{self.operation}-*-execute")):
            return []
        return [event["data"] for event in self.events(region) if event["type"] == type_]

    def step_runs(self, region: str) -> int:
        """Wait until the step ``go`` runs at the worker, and give the group of its process."""
        wait_for(lambda: list(self._shims(region)), 40)
        (shim,) = self._shims(region)
        wait_for(lambda: len(shim.read_text().splitlines()) == 2)
        return int(shim.read_text().splitlines()[1].split()[0])

    def _shims(self, region: str) -> Iterator[Path]:
        pattern = f"incidents/.worker-*/{self.operation}-*.{region}/.state/*go*/*/process"
        return (path for path in self.site.root.glob(pattern) if "elsewhere" not in path.read_text())


def _ports_of(pid: int) -> Iterator[int]:
    """Give the local ports of a process' sockets."""
    open_files = [str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()]
    sockets = {name[len("socket:[") : -1] for name in open_files if name.startswith("socket:[")}
    for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[9] in sockets:
            yield int(fields[1].rpartition(":")[2], 16)


def kill_group(group: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)
