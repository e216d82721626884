"""``rollback-gov fleet scan`` over 2,000 repositories of a GitHub that is played by this process.

Two repositories in three have a plan of level 2 with a fresh rehearsal; of the others the rehearsal is old, or missing,
or there is no plan, nothing at all, an archive, or no permission. Every request is checked against GitHub's own
description of its API. Printed, of a process of its own each time:
- requests a repository, wall time, processor time, and the highest memory, of the scan or of a process that judges;
- the same with nothing changed, and with one repository in a hundred changed;
- 200 repositories beside 2,000: what memory grows by;
- a bare client that sends the requests of the first scan with as many threads, and does nothing with the answers.

Exit code 1 where a second scan costs more than one request a repository and a page of the list a hundred, where what
has changed costs more than itself, memory grows by more than a fifth, or a scan, which also judges every plan with its
rehearsals, takes more than six times the processor time of the bare client.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.github.fleets import PLACE, PLAN, STALE, TODAY, service
from tests.github.hub.server import serving
from tests.github.hub.state import File, Hub

MANY, FEW, JOBS = 2_000, 200, 4
MOST_GROWTH, MOST_OF_BARE = 1.2, 6.0
BARE = """\
import os, sys
from threading import Thread
import requests
paths = iter(open(sys.argv[1], encoding="utf-8").read().split())
def work():
    session = requests.Session()
    session.headers["Authorization"] = "token " + os.environ["GITHUB_TOKEN"]
    for path in paths:
        session.get(os.environ["GITHUB_API_URL"] + path, timeout=60).content
threads = [Thread(target=work) for _ in range(int(sys.argv[2]))]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


@dataclass
class Scan:
    """What one scan took: requests by status, seconds, seconds of processor, and memory in MiB."""

    statuses: dict[int, int]
    paths: list[str]
    seconds: float
    processor: float
    memory: float

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(self.statuses.values())


def main() -> int:
    """Measure all of it and print it; 1 where a limit is missed."""
    with tempfile.TemporaryDirectory() as place, serving(Hub()) as hub:
        folder = Path(place)
        fill(hub, "few", FEW)
        fill(hub, "many", MANY)
        few = scan(hub, "few", folder)
        first = scan(hub, "many", folder)
        peer = bare(hub, first.paths, folder)
        second = scan(hub, "many", folder)
        for number in range(0, MANY, 100):
            hub.repositories[f"many/s{number:04}"].files[PLACE] = File(f"{PLAN}# {number}\n".encode())
        third = scan(hub, "many", folder)
    print(f"{MANY} repositories, {JOBS} requests at a time, {len(os.sched_getaffinity(0))} processors")
    for name, one, number in (("first", first, MANY), ("unchanged", second, MANY), ("1 % new", third, MANY)):
        show(name, one, number)
    show("first", few, FEW)
    return 0 if all(limits(first, second, third, few, peer)) else 1


def fill(hub: Hub, owner: str, count: int) -> None:
    """Make an organisation of services of all kinds."""
    for number in range(count):
        name, kind = f"{owner}/s{number:04}", number % 30
        if kind < 20:
            repository = service(hub, name)
        elif kind < 24:
            repository = service(hub, name, rehearsed=(STALE,))
        elif kind < 27:
            repository = service(hub, name, rehearsed=())
        else:
            repository = hub.repository(name)
            repository.closed = "archived" if kind == 28 else ""
            repository.refused = 403 if kind == 29 and number % 60 == 29 else 0
        if kind != 29:
            repository.files = {**repository.files, "README.md": File(f"# {name}\n".encode())}


def scan(hub: Hub, owner: str, folder: Path) -> Scan:
    """Scan in a process of its own."""
    hub.requests.clear()
    hub.statuses.clear()
    command = [sys.executable, "-m", "rollback_gov", "fleet", "scan", owner, "--state", str(folder / owner)]
    command += ["--today", TODAY, "--per-minute", "0", "--jobs", str(JOBS), "-o", f"json={folder / 'fleet.json'}"]
    began = time.monotonic()
    processor, memory = used(hub, command, ends=1)
    seconds = time.monotonic() - began
    return Scan(dict(hub.statuses), [path for _, path in hub.requests], seconds, processor, memory)


def bare(hub: Hub, paths: Sequence[str], folder: Path) -> float:
    """Let a client that knows nothing ask for the same, and give its seconds of processor."""
    file = folder / "paths"
    file.write_text("\n".join(wish(path) for path in paths), encoding="utf-8")
    processor, _ = used(hub, [sys.executable, "-c", BARE, str(file), str(JOBS)], ends=0)
    return processor


def used(hub: Hub, command: Sequence[str], ends: int) -> tuple[float, float]:
    """Run a command and give its seconds of processor and the memory of its largest process, its children among them.

    A process stands between, so that all that it has waited for is the command's.
    """
    seen = f"import json, resource, subprocess\ncode = subprocess.call({list(command)!r}, stderr=subprocess.DEVNULL)\n"
    seen += "told = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
    seen += "print(json.dumps([code, told.ru_utime + told.ru_stime, told.ru_maxrss]))\n"
    environ = {**os.environ, **hub.environ}
    done = subprocess.run([sys.executable, "-c", seen], env=environ, stdout=subprocess.PIPE, text=True, check=True)
    code, processor, memory = json.loads(done.stdout)
    assert code == ends, f"{command} ended with {code}"
    return processor, memory / 1024


def wish(path: str) -> str:
    """Give a path with the query that it had."""
    if path.endswith("/HEAD"):
        return f"{path}?recursive=1"
    return f"{path}?per_page=100" if path.endswith("/repos") else path


def show(name: str, one: Scan, number: int) -> None:
    """Print one scan."""
    kinds = ", ".join(f"{count} x {status}" for status, count in sorted(one.statuses.items()))
    print(
        f"{name:<10} {number:5} repositories  {one.requests:6} requests ({one.requests / number:.2f} a repository: "
        f"{kinds})  {one.seconds:.1f} s, {one.processor:.1f} s of "
        f"processor, {one.memory:.0f} MiB"
    )


def limits(first: Scan, second: Scan, third: Scan, few: Scan, peer: float) -> list[bool]:
    """Say which limits hold."""
    pages = MANY // 100 + 1
    conditional = second.statuses.get(304, 0)
    plain = second.requests - conditional - second.statuses.get(409, 0) - second.statuses.get(403, 0)
    found = {
        f"unchanged: {second.requests - plain} requests for {MANY} repositories, and {plain} for the list": (
            second.requests - plain <= MANY and plain <= pages
        ),
        f"1 % new: {third.requests - second.requests} requests more for {MANY // 100} changes": (
            third.requests - second.requests <= MANY // 100
        ),
        f"memory: {first.memory / few.memory:.2f} times that of {FEW} (at most {MOST_GROWTH})": (
            first.memory <= few.memory * MOST_GROWTH
        ),
        f"processor: {first.processor / peer:.2f} times the bare client's {peer:.1f} s (at most {MOST_OF_BARE:g})": (
            first.processor <= peer * MOST_OF_BARE
        ),
    }
    for text, holds in found.items():
        print(f"{text}{'' if holds else '   MISSED'}")
    return list(found.values())


if __name__ == "__main__":
    raise SystemExit(main())
