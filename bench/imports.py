"""Where the processor time of a start goes: importing, by package, beside modules that hold nothing.

What modules of nothing cost is the floor of a house of many small files: Python looks for each, reads its byte code and
makes a module of it, whatever stands in it.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROUNDS, SHOWN = 5, 20
SEEN = """\
import importlib, sys
def import_module(name, package=None):
    __import__(name)
    return sys.modules[name]
importlib.import_module = import_module
"""
"""Python times what an ``import`` imports, and not what ``importlib`` does, by which rules and commands are found."""


def processor_ms(command: Sequence[str], folder: Path, environ: Mapping[str, str], ends: int = 0) -> float:
    """Run a command in a process of its own and give its processor time."""
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(command, cwd=folder, env=environ, stdout=quiet, stderr=quiet)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == ends, f"{command} ended with {child.returncode}"
    return (used.ru_utime + used.ru_stime) * 1000


def program(*arguments: str) -> str:
    """Give Python that does what ``rollback-gov ARGUMENTS`` does."""
    return f"import sys\nsys.argv = {['rollback-gov', *arguments]!r}\nfrom rollback_gov.__main__ import main\nmain()\n"


def profile(code: str, folder: Path, environ: Mapping[str, str], before: Callable[[], None] = lambda: None) -> None:
    """Print how long a program imports, by package: the best of several rounds of each module alone."""
    best: dict[str, int] = {}
    for _ in range(ROUNDS):
        before()
        command = [sys.executable, "-X", "importtime", "-c", SEEN + code]
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
        for microseconds, name in re.findall(r"^import time:\s+(\d+) \|\s+\d+ \|\s+(\S+)$", done.stderr, re.M):
            best[name] = min(best.get(name, 10**9), int(microseconds))
    times: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for name, microseconds in best.items():
        package = ".".join(name.split(".")[:2]) if name.startswith("rollback_gov") else name.split(".")[0]
        times[package] += microseconds
        counts[package] += 1
    for package, total in times.most_common(SHOWN):
        print(f"  {package:<28} {total / 1000:6.1f} ms in {counts[package]} modules")
    ours = [name for name in best if name.startswith("rollback_gov")]
    spent, least = sum(best[name] for name in ours) / 1000, empty_ms(len(ours), folder, environ)
    print(f"  all of rollback_gov          {spent:6.1f} ms in {len(ours)} modules")
    print(f"  as many that hold nothing    {least:6.1f} ms")


def empty_ms(count: int, folder: Path, environ: Mapping[str, str]) -> float:
    """Give the processor time of importing that many modules in which nothing stands."""
    package = folder / "nothing"
    package.mkdir(exist_ok=True)
    for number in range(count):
        (package / f"m{number}.py").write_text("")
    some = [sys.executable, "-c", "".join(f"import nothing.m{number}\n" for number in range(count))]
    none = [sys.executable, "-c", "import nothing\n"]
    rounds = [(processor_ms(some, folder, environ), processor_ms(none, folder, environ)) for _ in range(2 * ROUNDS)]
    return min(with_all for with_all, _ in rounds[1:]) - min(without for _, without in rounds[1:])
