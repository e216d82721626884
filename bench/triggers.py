"""What a watch costs, beside a real Prometheus on loopback that answers others meanwhile.

From the tick that fired to the first ``step.intent``, a tick beside bare requests, ticks missed by a hundred plans, and
an idle watch.

- Latency: the plan has no captures, point of no return or safety checks. From the time of the tick that fired, as the
  decision log has it, to the first ``step.intent``, as the journal has it: both whole milliseconds of the same clock.
  The aim is below 100 ms at the median.
- A tick: all triggers read a query of their own. Beside it, as many requests for the same queries, one after the other
  on one connection that is kept, with nothing read out of the answers. Both in turns; the least of each counts.
- A hundred plans at one second, in one process: how many of their ticks came, and how many readings were missed.
- Idle: one plan with a hundred triggers at fifteen seconds. Processor time between two points of its life, of one core.
  The limit is two per cent.

Exit code 1 where a limit is passed. Prometheus comes from Debian's package ``prometheus``.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from validate import with_byte_code

if TYPE_CHECKING:
    from rollback_gov.triggers.watcher import Watcher

AIM_MS, IDLE_LIMIT = 100.0, 0.02
ROUNDS = int(os.environ.get("ROUNDS", "30"))
PLAN = """\
apiVersion: rollback-gov/v1
kind: RollbackPlan
metadata: {{operation: {name}, title: Payment service 3.2, owner: payments, level: 2}}
watch: {{mode: auto, every: {every}}}
triggers:
{triggers}
phases: [{{id: undo, steps: [{{id: undo, run: 'true'}}]}}]
"""
TRIGGER = "  - {{id: t{n}, query: {{source: prom, expr: '{expr}'}}, above: {above}, for: {held}, every: {every}}}"
EXPRESSION = "{n} + sum(rate(prometheus_http_requests_total[30s]))"


def main() -> int:
    """Measure all four and print them."""
    if shutil.which("prometheus") is None:
        print("prometheus is not installed: nothing is measured (make test-servers)")
        return 0
    with tempfile.TemporaryDirectory() as place, prometheus(Path(place)) as port, load(port):
        folder = Path(place)
        fine = [latency(folder / "latency", port), cost_of_a_tick(port)]
        fine += [hundred_plans(folder / "hundred", port), idle(folder / "idle", port)]
    return 0 if all(fine) else 1


@contextmanager
def prometheus(folder: Path) -> Iterator[int]:
    """Start a Prometheus that scrapes itself every second, and give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    config = folder / "prometheus.yml"
    scrape = f"scrape_configs: [{{job_name: self, static_configs: [{{targets: ['127.0.0.1:{port}']}}]}}]\n"
    config.write_text(f"global: {{scrape_interval: 1s}}\n{scrape}")
    words = [
        f"--config.file={config}",
        f"--storage.tsdb.path={folder / 'tsdb'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(["prometheus", *words], stdout=log, stderr=log)
        try:
            wait_until_ready(port)
            yield port
        finally:
            server.terminate()
            server.wait()


def wait_until_ready(port: int) -> None:
    """Wait until the expression has a value: two scrapes."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        try:
            if json.loads(bare(http.client.HTTPConnection("127.0.0.1", port), EXPRESSION.format(n=0)))["data"][
                "result"
            ]:
                return
        except (OSError, ValueError, KeyError):
            pass
        time.sleep(0.2)
    raise RuntimeError("Prometheus has nothing to say.")


@contextmanager
def load(port: int) -> Iterator[None]:
    """Ask Prometheus something heavier now and then, as others do."""
    ended = Event()

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        while not ended.wait(0.05):
            bare(connection, 'count by (__name__) ({job="self"})')

    thread = Thread(target=ask)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def bare(connection: http.client.HTTPConnection, expression: str) -> bytes:
    """Ask one query on a connection that is kept."""
    connection.request("GET", f"/api/v1/query?query={quote(expression)}&time={time.time():.3f}")
    return connection.getresponse().read()


def repository(folder: Path, port: int) -> None:
    """Make a repository that knows the Prometheus."""
    settings = folder / ".rollback-gov" / "environments.yaml"
    settings.parent.mkdir(parents=True)
    source = f"{{kind: prometheus, url: 'http://127.0.0.1:{port}'}}"
    settings.write_text(f"environments: {{staging: {{class: staging, sources: {{prom: {source}}}}}}}\n")


def add(folder: Path, name: str, *, count: int, every: str, above: str, held: str = "0s") -> Path:
    """Write a plan with so many triggers."""
    path = folder / "rollback" / name / "plan.yaml"
    path.parent.mkdir(parents=True)
    triggers = [
        TRIGGER.format(n=n, expr=EXPRESSION.format(n=n), every=every, above=above, held=held) for n in range(count)
    ]
    path.write_text(PLAN.format(name=name, every=every, triggers="\n".join(triggers)))
    return path


def gov(folder: Path, *words: str) -> subprocess.Popen[bytes]:
    """Start rollback-gov there."""
    command = [sys.executable, "-m", "rollback_gov", *words]
    return subprocess.Popen(command, cwd=folder, env=with_byte_code(folder), stdout=subprocess.DEVNULL)


def latency(folder: Path, port: int) -> bool:
    """From the tick that fired to the first intent."""
    repository(folder, port)
    took = []
    for number in range(ROUNDS):
        plan = add(folder, f"op-{number}", count=1, every="250ms", above="-1", held="500ms")
        assert gov(folder, "watch", str(plan), "-e", "staging", "--for", "30s").wait() == 0
        log = folder / "incidents" / f"watch-op-{number}-staging" / "decision.jsonl"
        fired = next(line for line in lines(log) if line["type"] == "tick" and line["data"]["decision"])
        (journal,) = (folder / "incidents").glob(f"op-{number}-*-execute/journal.jsonl")
        intent = next(line for line in lines(journal) if line["type"] == "step.intent")
        took.append((moment(intent["at"]) - moment(fired["at"])) * 1000)
    took.sort()
    p50, p99 = statistics.median(took), took[min(len(took) - 1, int(len(took) * 0.99))]
    fine = p50 <= AIM_MS
    print(f"tick that fired to first step.intent   p50 {p50:6.0f} ms   p99 {p99:6.0f} ms   (aim {AIM_MS:.0f} ms at the"
          f" median, {len(took)} rollbacks){'' if fine else '   MISSED'}")  # fmt: skip
    return fine


def lines(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines."""
    return [json.loads(line) for line in path.read_text().splitlines()]


def moment(stamp: object) -> float:
    """Read a time."""
    return datetime.fromisoformat(str(stamp)).timestamp()


def cost_of_a_tick(port: int) -> bool:
    """Ticks of our machine beside as many bare requests."""
    from rollback_gov.model.environment import Environment, SourceSettings
    from rollback_gov.plans.load import load_text
    from rollback_gov.plans.source import Source
    from rollback_gov.sources.book import SourceBook
    from rollback_gov.triggers.reading import Reader
    from rollback_gov.triggers.store import Memory
    from rollback_gov.triggers.tick import Rules
    from rollback_gov.triggers.watcher import Watcher

    sources = {"prom": SourceSettings(kind="prometheus", url=f"http://127.0.0.1:{port}")}
    for count in (1, 20, 100, 1000):
        triggers = "\n".join(
            TRIGGER.format(n=n, expr=EXPRESSION.format(n=n), every="1s", above="1000000", held="0s")
            for n in range(count)
        )
        plan = load_text(Path("p"), Source("p", PLAN.format(name="op", every="1s", triggers=triggers))).require()
        book = SourceBook(Environment(class_="staging", sources=sources), None, environ={}, parameters={})
        with closing(book), closing(Reader(book, plan.watch.every)) as reader:
            watcher = Watcher(Rules.of(plan), reader, memory=Memory(), now=time.time())
            pairs = [in_turns(watcher, port, count) for _ in range(5 if count < 1000 else 3)]
        one, other = (min(times) for times in zip(*pairs, strict=True))
        print(f"tick with {count:4} triggers   {one * 1000:7.1f} ms   {count:4} bare requests {other * 1000:7.1f} ms"
              f"   ratio {one / other:5.2f}")  # fmt: skip
    return True


def in_turns(watcher: Watcher, port: int, count: int) -> tuple[float, float]:
    """Give the seconds of a tick when it is due, and of as many bare requests on a connection that is open."""
    time.sleep(watcher.wait(time.time()))
    began = time.perf_counter()
    watcher.tick(time.time())
    ours = time.perf_counter() - began
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        bare(connection, "1")
        began = time.perf_counter()
        for n in range(count):
            bare(connection, EXPRESSION.format(n=n))
        return ours, time.perf_counter() - began


def hundred_plans(folder: Path, port: int) -> bool:
    """A hundred plans in one process, each read every second."""
    repository(folder, port)
    for number in range(100):
        add(folder, f"op-{number}", count=1, every="1s", above="1000000")
    child = gov(folder, "watch", "--all", "-e", "staging", "--for", "30s")
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    ticks = missed = 0
    for log in (folder / "incidents").glob("watch-*/decision.jsonl"):
        times = [moment(line["at"]) for line in lines(log) if line["type"] == "tick"]
        ticks += len(times)
        missed += sum(round(after - before) - 1 for before, after in pairwise(times))
    cpu = (used.ru_utime + used.ru_stime) / 30
    print(f"100 plans at 1 s for 30 s   {ticks} ticks, {missed} missed ({missed / max(ticks + missed, 1):.1%}),"
          f" {cpu:.0%} of a core")  # fmt: skip
    return ticks > 0


def idle(folder: Path, port: int) -> bool:
    """One plan with a hundred triggers at fifteen seconds."""
    repository(folder, port)
    plan = add(folder, "op-idle", count=100, every="15s", above="1000000")
    child = gov(folder, "watch", str(plan), "-e", "staging")
    log = folder / "incidents" / "watch-op-idle-staging" / "decision.jsonl"
    while not (log.exists() and '"tick"' in log.read_text()):
        time.sleep(0.5)
    before, began = processor(child.pid), time.monotonic()
    time.sleep(60)
    share = (processor(child.pid) - before) / (time.monotonic() - began)
    child.terminate()
    child.wait()
    fine = share <= IDLE_LIMIT
    print(f"idle, 100 triggers at 15 s   {share:.2%} of a core (limit {IDLE_LIMIT:.0%}){'' if fine else '   MISSED'}")
    return fine


def processor(pid: int) -> float:
    """Give the processor time of a process so far, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
