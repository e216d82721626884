"""A real engine of containers for tests: dockerd on a socket of its own, without networks, without a registry.

Containers use the host's network or none. Their images begin with an empty one and nothing is pulled; what runs in them
is the machine's, mounted for reading: ``SYSTEM`` in a compose file, ``PYTHON`` the interpreter.
"""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers import missing

BASE = "empty"
"""The image that others are built upon."""
PYTHON = str(Path(sys.executable).resolve())
SYSTEM = ", ".join(f'"{path}:{path}:ro"' for path in ("/usr", "/lib", "/lib64", sys.base_prefix) if Path(path).exists())
_PROGRAMS = ("dockerd", "containerd", "runc", "docker")


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """A running engine. ``environ`` makes the real docker client speak to it."""

    socket: Path
    config: Path

    @property
    def environ(self) -> Mapping[str, str]:
        return {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": str(self.config)}

    def call(self, *words: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None) -> str:
        """Run the docker client and give its output. Raises RuntimeError with what it said where it failed."""
        command = ["docker", *words]
        both = {**os.environ, **self.environ, **(environ or {})}
        done = subprocess.run(command, env=both, input=stdin, capture_output=True, check=False, timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}. {done.stderr.decode()}")
        return done.stdout.decode().strip()

    def clear(self) -> None:
        """Remove every container, and every image but the base."""
        if containers := self.call("ps", "--all", "--quiet").split():
            self.call("rm", "--force", *containers)
        images = self.call("images", "--format", "{{.Repository}}:{{.Tag}}").split()
        if unused := [name for name in images if not name.startswith((BASE, "<none>"))]:
            self.call("rmi", "--force", *unused)


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine of its own; skipped for an ordinary user and where a program is missing, an error with CI=true."""
    if os.geteuid() != 0:
        pytest.skip("only root can start an engine of containers")
    for program in _PROGRAMS:
        _ = shutil.which(program) or missing(program)
    folder = Path(tempfile.mkdtemp(prefix="engine-"))
    try:
        with _dockerd(folder) as started:
            _need_compose(started)
            started.call("import", "-", BASE, stdin=_base())
            yield started
            started.clear()
    finally:
        shutil.rmtree(folder)


@contextmanager
def _dockerd(folder: Path) -> Iterator[Engine]:
    socket = folder / "socket"
    own = {"data-root": folder / "data", "exec-root": folder / "exec", "pidfile": folder / "pid"}
    # Neither the machine's firewall nor its interfaces are touched, and no storage driver asks for a module.
    quiet = ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none", "--storage-driver=vfs"]
    words = ["dockerd", f"--host=unix://{socket}", *quiet, *(f"--{name}={path}" for name, path in own.items())]
    with (folder / "log").open("wb") as log, subprocess.Popen(words, stdout=log, stderr=log) as process:
        try:
            engine = Engine(socket=socket, config=folder / "client")
            _wait(engine, process, folder / "log")
            yield engine
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=30)
            _unmount(folder)


def _wait(engine: Engine, process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + 60
    while time.monotonic() < limit and process.poll() is None:
        if engine.socket.exists():
            engine.call("version")
            return
        time.sleep(0.05)
    raise RuntimeError(f"dockerd did not start (exit code {process.poll()}):\n{log.read_text()[-3000:]}")


def _unmount(folder: Path) -> None:
    """The engine leaves its name space of the network mounted."""
    points = (line.split()[1] for line in Path("/proc/mounts").read_text().splitlines())
    for point in reversed([point for point in points if point.startswith(f"{folder}/")]):
        subprocess.run(["umount", point], check=True, timeout=60)


def _need_compose(engine: Engine) -> None:
    words = ["docker", "compose", "version"]
    asked = subprocess.run(words, env={**os.environ, **engine.environ}, capture_output=True, check=False, timeout=60)
    if asked.returncode != 0:
        missing("docker compose")


def _base() -> bytes:
    """A file system with nothing in it."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        folder = tarfile.TarInfo("app")
        folder.type = tarfile.DIRTYPE
        tar.addfile(folder)
    return archive.getvalue()
