"""A repository with one small plan, and the command line in it: in this process, or as a process of its own."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rollback_gov.cli.main import run

HEAD = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {operation: op-3, title: Shop 3, owner: shop team, level: 2}
change: {services: [shop], from: {shop: v2}, to: {shop: v3}}
sla: 1m
"""
QUICK = (
    "phases: [{id: back, name: Go back, budget: 20s, steps: [{id: load, name: Load v2, run: echo v2, timeout: 5s}]}]\n"
)
GATED = """\
phases:
  - id: drain
    name: Close the shop
    budget: 40s
    steps:
      - {id: ask, gate: {ask: Close the shop?, deadline: 30s}}
      - {id: close, run: echo closed > door, timeout: 5s}
"""
ENVIRONMENTS = "environments: {production: {class: production}}\n"
COMMAND = ("-m", "rollback_gov")
LIMIT = 60.0
"""Seconds within which a run ends; whatever it waited for without being in a hurry would last for five minutes."""
UNHURRIED = """\
import sys
from rollback_gov.cli.main import run
from rollback_gov.commands import messages
from rollback_gov.execution.mirror.shipper import Shipper
from rollback_gov.execution.process import Process
messages.CLOSING_SECONDS = 300.0
Shipper.flush.__defaults__ = Shipper.close.__defaults__ = (300.0,)
Process.kill.__kwdefaults__["grace"] = 300.0
sys.exit(run(sys.argv[1:]))
"""
"""The command line; what it waits for without being in a hurry lasts for five minutes."""


@dataclass
class Room:
    """The repository. ``body`` is the plan below its head."""

    root: Path
    body: str = QUICK
    environments: str = ENVIRONMENTS
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.plan.parent.mkdir(parents=True)
        self.plan.write_text(HEAD + self.body, encoding="utf-8")
        (self.root / ".rollback-gov").mkdir()
        (self.root / ".rollback-gov" / "environments.yaml").write_text(self.environments, encoding="utf-8")

    @property
    def plan(self) -> Path:
        return self.root / "rollback" / "op-3" / "plan.yaml"

    @property
    def incident(self) -> Path:
        """The folder of the only run."""
        (folder,) = (path.parent for path in self.root.glob("incidents/*/journal.jsonl"))
        return folder

    def events(self) -> list[dict[str, Any]]:
        """The journal as it is now; a line that is just being written is left out."""
        paths = list(self.root.glob("incidents/*/journal.jsonl"))
        whole = paths[0].read_bytes().rpartition(b"\n")[0] if paths else b""
        return [json.loads(line) for line in whole.splitlines()]

    def of(self, type_: str) -> list[Mapping[str, Any]]:
        """The data of all events of a type."""
        return [event["data"] for event in self.events() if event["type"] == type_]

    def execute(self, *more: str) -> list[str]:
        """The arguments of ``execute``."""
        return ["execute", str(self.plan), "-e", "production", "--reason", "errors everywhere", "--as", "ann", *more]

    def process(self, *words: str, how: Sequence[str] = COMMAND, **settings: Any) -> subprocess.Popen[str]:
        """Start the command line as a process of its own, in the repository; nobody sits at its terminal."""
        usual: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        command = [sys.executable, *how, *words]
        environ = {**os.environ, "PYTHONPATH": os.getcwd(), **self.environ}  # noqa: PTH109
        return subprocess.Popen(command, cwd=self.root, env=environ, text=True, **{**usual, **settings})

    def gov(self, *words: str) -> tuple[int, str, str]:
        """Run the command line in this process, in the repository; gives exit code, output and errors."""
        out, err = io.StringIO(), io.StringIO()
        with chdir(self.root), redirect_stdout(out), redirect_stderr(err):
            code = run(words)
        return code, out.getvalue(), err.getvalue()


def wait_for(condition: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something is true."""
    limit = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < limit, "it never came to that"
        time.sleep(0.02)


class Starts(Protocol):
    """Whatever can start the command line."""

    def process(self, *words: str, **settings: Any) -> subprocess.Popen[str]:
        """Start it with other streams than usual."""


@contextmanager
def at_terminal(room: Starts, *words: str) -> Iterator[Seat]:
    """Run the command line at a terminal where the test sits; what is left is killed at the end."""
    ours, theirs = pty.openpty()
    process = room.process(*words, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    try:
        yield Seat(process, ours)
    finally:
        process.kill()
        process.wait()
        with suppress(OSError):
            os.close(ours)


@dataclass
class Seat:
    """Somebody at a terminal."""

    process: subprocess.Popen[str]
    file: int
    seen: str = ""

    def read_until(self, text: str, seconds: float = 60) -> str:
        """Read what is printed until the text comes; gives everything so far."""
        limit = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < limit, f"{text!r} never came: {self.seen}"
            self.listen()
        return self.seen

    def listen(self) -> None:
        """Read what is there, or wait a moment for it."""
        if select.select([self.file], [], [], 0.1)[0]:
            self.seen += os.read(self.file, 65536).decode("utf-8", "replace").replace("\r\n", "\n")

    def type(self, text: str) -> None:
        """Type something, with the key that ends the line."""
        os.write(self.file, f"{text}\n".encode())

    def end(self) -> tuple[int, str]:
        """Read to the end; gives the exit code and everything that was printed."""
        with suppress(OSError):  # the last one at a terminal who leaves switches it off
            while chunk := os.read(self.file, 65536):
                self.seen += chunk.decode("utf-8", "replace").replace("\r\n", "\n")
        return self.process.wait(timeout=30), self.seen
