"""Rollbacks that really run, and go on when a test says so: each step waits until it is told to end."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.cli.room import Room, wait_for

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-orders-2, title: Orders 2.0 with given and family names, owner: orders team, level: 2}
change: {services: [orders], from: {orders: 1.0.0}, to: {orders: 2.0.0}}
sla: 15m
"""
ORDERS = """\
phases:
  - id: drain
    name: Stop new orders
    budget: 2m
    steps:
      - {id: away, name: Turn new orders away, run: until test -e told-away; do sleep 0.05; done, timeout: 2m}
  - id: database
    name: Database back to schema 1
    budget: 4m
    steps:
      - {id: sure, gate: {ask: Are the orders of the last hour safe in the backup?, deadline: 20m}}
      - {id: down, name: Migrate down, run: until test -e told-down; do sleep 0.05; done, timeout: 3m}
  - id: application
    name: Application back to 1.0.0
    budget: 3m
    steps:
      - {id: deploy, name: Deploy 1.0.0, run: until test -e told-deploy; do sleep 0.05; done, timeout: 1m}
  - id: open
    name: Let orders in again
    budget: 1m
    steps:
      - {id: back, name: Send traffic again, run: until test -e told-back; do sleep 0.05; done, timeout: 1m}
verification:
  budget: 1m
  checks:
    - {id: answers, name: The service answers as 1.0.0, run: echo 1.0.0, expect: {stdout: {equals: 1.0.0}}}
    - {id: orders, name: At least as many orders as before, run: echo 66, expect: {stdout: {at_least: 32}}}
"""
REGIONS = """\
regions:
  order: [eu-west-1, us-east-1, ap-south-1]
  strategy: {max_parallel: 2, gate_between: none, max_failures: 0}
  parameters: {eu-west-1: {HOST: eu}, us-east-1: {HOST: us}, ap-south-1: {HOST: ap}}
parameters: {HOST: {default: nowhere}}
phases:
  - id: drain
    name: Drain the region
    budget: 2m
    steps:
      - {id: weight, name: Weight to zero, run: 'until test -e "told-$HOST-weight"; do sleep 0.05; done', timeout: 1m}
  - id: database
    name: Open the old cluster
    budget: 4m
    steps:
      - {id: sure, gate: {ask: 'Has the old cluster caught up?', deadline: 20m}}
      - {id: open, name: Open it for writes, run: 'until test -e "told-$HOST-open"; do sleep 0.05; done', timeout: 1m}
verification:
  budget: 1m
  checks: [{id: writes, name: The old cluster takes writes, run: echo open, expect: {stdout: {equals: open}}}]
"""


class Stage(Room):
    """A repository with one plan whose steps wait to be told."""

    def __init__(self, root: Path, body: str = ORDERS, *, head: str = HEAD) -> None:
        super().__init__(root, body)
        self.plan.write_text(head + body, encoding="utf-8")

    def tell(self, *names: str) -> None:
        """Let steps end."""
        for name in names:
            (self.plan.parent / f"told-{name}").touch()

    @contextmanager
    def rolling_back(self, *more: str) -> Iterator[subprocess.Popen[str]]:
        """Run ``execute`` as a process of its own; what is left of it is killed at the end."""
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        words = ("--wait", "30m", *more)
        process = self.process(*self.execute(*words), start_new_session=True, **quiet)
        try:
            yield process
        finally:
            self.tell(
                "away",
                "down",
                "deploy",
                "back",
                *(f"{host}-{step}" for host in ("eu", "us", "ap") for step in ("weight", "open")),
            )
            process.kill()
            process.wait()

    def waits(self, step: str) -> None:
        """Wait until the run, or one of its regions, waits for an answer."""
        wait_for(lambda: f'"gate.waiting","data":{{"step":"{step}"' in self.journals())

    def began(self, step: str) -> None:
        """Wait until a step has begun."""
        wait_for(lambda: f'"step.intent","data":{{"step":"{step}"' in self.journals())

    def journals(self) -> str:
        """Everything that was written so far."""
        paths = self.root.glob("incidents/**/journal.jsonl")
        return "".join(path.read_text(encoding="utf-8") for path in paths)

    @contextmanager
    def dashboard(self, *more: str, port: int = 0) -> Iterator[Served]:
        """Serve the dashboard as a process of its own."""
        process = self.process("dashboard", "serve", "--port", str(port), *more, stderr=subprocess.STDOUT)
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith("The dashboard is at http://"), line + process.stdout.read()
            yield Served(process, line.split()[4])
        finally:
            process.kill()
            process.communicate()


class Served:
    """A dashboard that is served."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process, self.address = process, address

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2].strip("/"))

    def end(self) -> int:
        """Ask it to end; gives the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=60)

    def read(self, path: str = "") -> str:
        """Read a page."""
        with urlopen(self.address + path, timeout=60) as answer:
            return str(answer.read().decode())
