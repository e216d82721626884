"""Starting the service so that it outlives who started it, and ending it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from .client import Client
from .environment import DEMO, Environment
from .errors import DemoError
from .pid_file import PidFile
from .releases.release import Release

START_SECONDS = 5.0
STOP_SECONDS = 1.5
PROBE_SECONDS = 0.5
POLL_SECONDS = 0.01


def start(environment: Environment, release: Release, *, within: float = START_SECONDS) -> None:
    """Start a release and wait until it is healthy; raises DemoError, and leaves none behind, where it is not."""
    environment.folder.mkdir(parents=True, exist_ok=True)
    with environment.log.open("ab") as log:
        # A session of its own and no inherited file: whoever kills our group or waits for our locks does not meet it.
        process = subprocess.Popen(
            [sys.executable, str(DEMO / "service"), "process", "serve", release.version],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    ready = _within(within, lambda: process.poll() is not None or _is_ready(environment, process.pid))
    if ready and process.poll() is None:
        _remember(environment, release.version)
        return
    process.kill()
    process.wait()
    reason = _last_line(environment.log) if ready else f"not healthy within {within:g} s"
    raise DemoError(f"Version {release.version} did not start: {reason} (log: {environment.log})")


def stop(environment: Environment) -> bool:
    """End the service, calmly if possible; False where none ran."""
    pid_file = PidFile(environment.pid_file)
    pid = pid_file.holder()
    if pid is None:
        return False
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        if _within(STOP_SECONDS, lambda: pid_file.holder() is None):
            return True
    raise DemoError(f"Process {pid} did not end: look at it with `ps -p {pid}`.")


def _is_ready(environment: Environment, pid: int) -> bool:
    # The pid tells our service from another one that answers on the same port.
    return PidFile(environment.pid_file).pid() == pid and Client(environment.port, timeout=PROBE_SECONDS).is_healthy()


def _remember(environment: Environment, version: str) -> None:
    current = environment.current_version
    before = current.read_text() if current.exists() else ""
    if before.strip() not in ("", version):
        environment.previous_version.write_text(before)
    current.write_text(f"{version}\n")


def _within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").splitlines()
    return lines[-1] if lines else "it wrote nothing"
