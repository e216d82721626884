"""What dead channels cost a rollback, and when their messages are given up.

``python bench/messages.py`` runs the same plan with and without channels in turn, each as a process of its own, prints
both, and exits with 1 when a limit is missed. Where the first is missed after fifteen pairs, up to thirty more are run,
and all of them count: a busy machine adds a tenth of a second to either side.

- With every channel dead, the time from the decision to the verified rollback grows by at most 50 ms (medians). Dead
  are: one that refuses, one that takes the connection and never answers, one whose host never answers at all, and a
  mail server that never greets.
- What is in line when the run has ended is sent or given up within 20 s.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

PAIRS = 15
BATCHES = 3
PHASES = 8
GROWTH_LIMIT_MS = 50.0
FLUSH_LIMIT_SECONDS = 20.0
CHANNELS = ("refused", "stalled", "black-hole", "pager", "mail")
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {{operation: op-1, title: The shop, owner: bench, level: 2}}
change: {{services: [shop], from: {{shop: v2}}, to: {{shop: v3}}}}
sla: 1m
{communication}
phases:
{phases}
verification:
  checks: [{{id: back, run: sleep 0.05}}]
"""


def plan_of(channels: tuple[str, ...]) -> str:
    """A plan of several short phases: each of them tells people that it begins."""
    steps = "steps: [{id: go, run: sleep 0.05, timeout: 5s}, {id: tell, notify: {message: on}}]"
    phases = "".join(f"  - {{id: phase-{number}, budget: 5s, {steps}}}\n" for number in range(PHASES))
    return PLAN.format(communication=f"communication: {{channels: [{', '.join(channels)}]}}", phases=phases.rstrip())


@contextmanager
def deaf() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0), backlog=512) as server:
        yield server.getsockname()[1]


@contextmanager
def full() -> Iterator[int]:
    """A port that does not even take connections: its queue is full, so the answer to the first packet never comes."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(server.getsockname())
            waiting.append(one)
        yield server.getsockname()[1]
        for one in waiting:
            one.close()


def refusing() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def environments(stalled: int, hole: int) -> str:
    """Every kind of channel, and every way to be dead."""
    mail = f"smtp_host: 127.0.0.1, smtp_port: {stalled}, sender: a@example.com, to: [b@example.com]"
    return f"""\
environments: {{production: {{class: production}}}}
channels:
  refused: {{kind: slack, url: 'http://127.0.0.1:{refusing()}/services/T/B/x'}}
  stalled: {{kind: webhook, url: 'http://127.0.0.1:{stalled}/in'}}
  black-hole: {{kind: webhook, url: 'http://127.0.0.1:{hole}/in'}}
  pager: {{kind: pagerduty, url: 'http://127.0.0.1:{stalled}/v2/enqueue', routing_key_env: PAGER_KEY}}
  mail: {{kind: email, {mail}}}
"""


def run_once(place: Path, channels: tuple[str, ...], settings: str, *, hurried: bool) -> tuple[float, float]:
    """Run the plan; gives the seconds from decision to verified, and from the end of the run to that of the process.

    One that is ``hurried`` is told to stop when its run has ended, and leaves its messages two seconds instead of ten.
    """
    with tempfile.TemporaryDirectory(dir=place) as folder:
        room = Path(folder)
        (room / ".rollback-gov").mkdir()
        (room / ".rollback-gov" / "environments.yaml").write_text(settings)
        (room / "plan.yaml").write_text(plan_of(channels))
        words = ["execute", "plan.yaml", "-e", "production", "--reason", "bench", "--as", "bench", "--yes"]
        environ = {**os.environ, "PAGER_KEY": "k", "PYTHONPATH": str(Path(__file__).parents[1])}
        command = [sys.executable, "-m", "rollback_gov", *words]
        with subprocess.Popen(command, cwd=room, env=environ, stdout=subprocess.DEVNULL) as process:
            while process.poll() is None:
                if hurried and any(event["type"] == "run.finished" for event in journal(room)):
                    process.terminate()
                    break
                time.sleep(0.05)
        over, events = time.time(), journal(room)
    ended = next(event["at"] for event in events if event["type"] == "run.finished")
    verified = next(event["data"]["seconds"] for event in events if event["type"] == "run.verified")
    told = [event["data"] for event in events if event["type"] == "message.sent"]
    assert not any(message["delivered"] for message in told)
    assert {message["channel"] for message in told} == set(channels)
    return verified, over - datetime.fromisoformat(ended).timestamp()


def journal(room: Path) -> list[dict[str, Any]]:
    """Read the run's journal as far as it is written."""
    whole = b"".join(path.read_bytes().rpartition(b"\n")[0] for path in room.glob("incidents/*/journal.jsonl"))
    return [json.loads(line) for line in whole.splitlines()]


def main() -> int:
    """Measure, print, judge."""
    with tempfile.TemporaryDirectory(prefix="rollback-gov-bench-") as place, deaf() as stalled, full() as hole:
        folder, settings = Path(place), environments(stalled, hole)
        flush = max(run_once(folder, CHANNELS, settings, hurried=False)[1] for _ in range(2))
        dead: list[float] = []
        alone: list[float] = []
        for _ in range(BATCHES):
            for number in range(PAIRS):  # whoever comes first in a pair comes second in the next
                for channels, times in ((CHANNELS, dead), ((), alone))[:: 1 if number % 2 else -1]:
                    times.append(run_once(folder, channels, settings, hurried=True)[0] * 1000)
            growth = median(dead) - median(alone)
            print(
                f"decision to verified, medians of {len(dead)} pairs: {median(alone):.0f} ms without channels,"
                f" {median(dead):.0f} ms with all of them dead"
            )
            if growth <= GROWTH_LIMIT_MS:
                break
    print(f"{'it grows by':<48} {growth:8.1f} ms   (limit {GROWTH_LIMIT_MS:g} ms)")
    print(f"{'from the end until messages are given up':<48} {flush:8.1f} s    (limit {FLUSH_LIMIT_SECONDS:g} s)")
    return 0 if growth <= GROWTH_LIMIT_MS and flush <= FLUSH_LIMIT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
