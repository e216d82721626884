"""An environment of the demo in a temporary folder."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

DEMO = Path(__file__).parents[2] / "plans-example" / "demo"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    text: str
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoEnvironment:
    state: Path
    name: str
    port: int

    @property
    def folder(self) -> Path:
        return self.state / self.name

    @property
    def database(self) -> Path:
        return self.folder / "orders.db"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environ(self) -> dict[str, str]:
        return {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "DEMO_STATE": str(self.state),
            "ENVIRONMENT": self.name,
            "PORT": str(self.port),
        }

    def script(self, name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a script to its end, whatever that is."""
        return subprocess.run(
            [DEMO / "scripts" / f"{name}.sh", *arguments],
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def run(self, name: str, *arguments: str | Path) -> str:
        """Run a script that has to succeed; gives what it printed."""
        done = self.script(name, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def refuse(self, name: str, *arguments: str | Path) -> str:
        """Run a script that has to fail with one line; gives that line."""
        done = self.script(name, *arguments)
        assert done.returncode == 1, done.stdout
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr.strip()

    def request(self, method: str, path: str, value: Any = None) -> Answer:
        return self.send(method, path, None if value is None else json.dumps(value).encode())

    def send(self, method: str, path: str, body: bytes | None = None) -> Answer:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body=body)
            response = connection.getresponse()
            return Answer(response.status, response.read().decode(), dict(response.getheaders()))
        finally:
            connection.close()

    def order(self, customer: str = "Ada Lovelace", quantity: int = 1) -> Answer:
        return self.request("POST", "/orders", {"customer": customer, "item": "tea", "quantity": quantity})

    def place(self, *customers: str) -> list[Any]:
        """Place orders that have to succeed; gives them as the service did."""
        answers = [self.order(customer) for customer in customers]
        assert {answer.status for answer in answers} <= {201}
        return [answer.json for answer in answers]

    def metrics(self) -> dict[str, float]:
        samples = [line for line in self.request("GET", "/metrics").text.splitlines() if line[0] != "#"]
        return {name: float(value) for name, value in (sample.rsplit(" ", 1) for sample in samples)}

    def version(self) -> str:
        return self.request("GET", "/version").text.strip()

    def is_silent(self) -> bool:
        """Whether nobody listens on the port."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) != 0

    @property
    def pid(self) -> int:
        return int((self.folder / "service.pid").read_text())

    def end(self) -> None:
        """End what listens on the port; a process that was halted has to be killed."""
        if self.is_silent():
            return
        os.kill(self.pid, signal.SIGTERM)
        if not is_so_within(3, self.is_silent):
            os.kill(self.pid, signal.SIGKILL)


def is_so_within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def wait_until(condition: Callable[[], bool]) -> None:
    assert is_so_within(60, condition), "It did not happen within a minute."
