"""Real servers for tests: started on loopback from a temporary folder, stopped at the end.

A test module gets one by naming it in its conftest: ``from tests.servers import postgresql``, and ``__all__``.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import SystemRandom
from typing import Any, NoReturn

import pytest

_POSTGRESQL_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "logical",
    "wal_retrieve_retry_interval": "100ms",
    "max_connections": "50",
    "logging_collector": "off",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgresql:
    """A running PostgreSQL. Everybody may connect without a password; ``postgres`` is the superuser."""

    bin: Path
    host: str
    port: int
    socket_folder: Path
    cluster: Path

    def stop(self) -> None:
        """Stop the server at once, as a crash does."""
        _call(self.bin, ["pg_ctl", "stop", "-w", "-m", "immediate", "-D", str(self.cluster)], _ordinary_user())

    def start(self) -> None:
        """Start it, again after a stop."""
        log = str(self.socket_folder / "log")
        _call(self.bin, ["pg_ctl", "start", "-w", "-t", "30", "-D", str(self.cluster), "-l", log], _ordinary_user())

    def url(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """Give a connection string."""
        return f"postgresql://{user}@{self.host}:{self.port}/{database}"

    def environ(self, database: str = "postgres", *, user: str = "postgres") -> Mapping[str, str]:
        """Give the variables that libpq reads, and DATABASE_URL."""
        return {
            "PGHOST": self.host,
            "PGPORT": str(self.port),
            "PGUSER": user,
            "PGDATABASE": database,
            "DATABASE_URL": self.url(database, user=user),
        }

    def query(self, sql: str, database: str = "postgres", *, user: str = "postgres") -> str:
        """Run SQL and give its output, without headers. Raises CalledProcessError for an error in it."""
        command = [str(self.bin / "psql"), "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-f", "-"]
        done = subprocess.run(
            [*command, self.url(database, user=user)], input=sql, text=True, check=True, capture_output=True, timeout=60
        )
        return done.stdout.strip()

    def create_database(self, *, owner: str = "postgres", template: str = "template1") -> str:
        """Create a database, a copy of ``template``, under a name that no other test has."""
        name = f"test_{os.getpid()}_{next(_numbers)}"
        self.query(f'CREATE DATABASE "{name}" OWNER "{owner}" TEMPLATE "{template}"')
        return name


_numbers = count(1)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """A PostgreSQL server of its own; skipped where the program is missing, an error with CI=true."""
    with start_postgresql() as server:
        yield server


@contextmanager
def start_postgresql() -> Iterator[Postgresql]:
    """Start one more server, for tests that need two of them."""
    bin_folder = _postgresql_programs()
    # Not under pytest's folder: only its owner may look into that, a server never runs as root, and the path of a
    # socket has room for 107 bytes.
    with _folder("pg-") as folder, _postgresql(bin_folder, folder) as server:
        yield server


@contextmanager
def _postgresql(bin_folder: Path, folder: Path) -> Iterator[Postgresql]:
    cluster, port, person = folder / "cluster", free_port(), _ordinary_user()
    settings = {
        **_POSTGRESQL_SETTINGS,
        "port": str(port),
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(folder),
    }
    initdb = ["initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync", "-D", str(cluster)]
    _call(bin_folder, initdb, person)
    with (cluster / "postgresql.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    server = Postgresql(bin=bin_folder, host="127.0.0.1", port=port, socket_folder=folder, cluster=cluster)
    server.start()
    try:
        yield server
    finally:
        server.stop()


@dataclass(frozen=True, slots=True, kw_only=True)
class Redis:
    """A running Redis."""

    host: str
    port: int

    def call(self, *words: str) -> str:
        """Send one command and give the answer. Raises CalledProcessError for an error."""
        command = ["redis-cli", "-e", "-h", self.host, "-p", str(self.port), *words]
        return subprocess.run(command, text=True, check=True, capture_output=True, timeout=60).stdout.strip()


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis server of its own; skipped where the program is missing, an error with CI=true."""
    program = shutil.which("redis-server") or missing("redis-server")
    port = free_port()
    settings = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--appendonly", "no"]
    with _folder("redis-") as folder, (folder / "log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen([program, *settings, "--dir", str(folder)], stdout=log, stderr=log)
        try:
            server = Redis(host="127.0.0.1", port=port)
            _wait_for_port(port, process)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=60)


def missing(program: str, how: str = "") -> NoReturn:
    """Skip the test because a program is not installed; with CI=true that is an error. ``how`` it can be had."""
    how = how or f"Debian: apt-get install {_PACKAGES.get(program, program)}"
    reason = f"{program} is not installed ({how})"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


_PACKAGES = {
    "postgres": "postgresql",
    "promtool": "prometheus",
    "dockerd": "docker.io",
    "docker": "docker.io",
    "node": "nodejs",
    "docker compose": "docker-compose, from version 2",
}


def free_port() -> int:
    """Give a port of loopback that nobody listens on.

    It is below those that the kernel gives to whoever asks for any: of those, one that is free now may be somebody's
    end of a connection before a server listens there, for other tests open connections all the time.
    """
    lowest = int(_GIVEN_AWAY.read_text(encoding="ascii").split()[0])
    for _ in range(1000):
        port = _DICE.randrange(10_000, lowest) if lowest > 12_000 else 0
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise RuntimeError(f"There is no free port from 10000 to {lowest}.")


_GIVEN_AWAY = Path("/proc/sys/net/ipv4/ip_local_port_range")
_DICE = SystemRandom()
"""Not the numbers of a seed, which several processes may share."""


def _postgresql_programs() -> Path:
    """Find the newest installation; its servers are not on PATH on Debian."""
    on_path = shutil.which("postgres")
    found = [Path(on_path)] if on_path else []
    found += sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else missing("postgres")


@contextmanager
def _folder(prefix: str) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if person := _ordinary_user().get("user"):
            shutil.chown(folder, user=person)
        yield folder
    finally:
        shutil.rmtree(folder)


def _ordinary_user() -> dict[str, Any]:
    """Who runs the server: ourselves, or somebody without rights where we are root. As arguments of subprocess."""
    if os.geteuid() != 0:
        return {}
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    entry = known.get("postgres") or known["nobody"]
    return {"user": entry.pw_name, "group": entry.pw_gid, "extra_groups": []}


def _call(bin_folder: Path, command: list[str], person: dict[str, Any]) -> None:
    program, *arguments = command
    done = subprocess.run(
        [str(bin_folder / program), *arguments],
        cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,  # a daemon would hold the pipe open
        stderr=subprocess.STDOUT,
        check=False,
        timeout=60,
        **person,
    )
    if done.returncode != 0:
        output = (done.stdout or b"").decode("utf-8", "replace")
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}. {output}")


def _wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
    import time

    limit = time.monotonic() + 60
    while time.monotonic() < limit and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"The server did not listen on port {port} (exit code {process.poll()}).")
