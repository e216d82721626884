"""The host of SAMIA, in a temporary folder: releases, a real database and cache, flags and circuit breakers."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from tests.plans_example.cache import CACHE_PASSWORD
from tests.plans_example.json_server import Request
from tests.servers import Postgresql, Redis, free_port, missing

PREVIOUS, RELEASE, FIX = "v2025.01.12", "v2025.01.13", "v2025.01.13.1"
COMMITS = {PREVIOUS: "a" * 40, RELEASE: "b" * 40, FIX: "c" * 40}
SCHEMA = """
CREATE TABLE schema_migrations (version int PRIMARY KEY);
INSERT INTO schema_migrations VALUES (40), (41);
CREATE TABLE profiles (id bigserial PRIMARY KEY, email text NOT NULL);
CREATE TABLE orders (id bigserial PRIMARY KEY, profile bigint NOT NULL REFERENCES profiles (id), cents int NOT NULL);
INSERT INTO profiles (email) SELECT n || '@example.com' FROM generate_series(1, 30) AS n;
INSERT INTO orders (profile, cents) SELECT 1 + n % 30, n FROM generate_series(1, 200) AS n;
"""
MIGRATE = """\
import subprocess, sys

def sql(text):
    command = ["psql", "-XqAt", "-v", "ON_ERROR_STOP=1", "-c", text]
    return subprocess.run(command, check=True, capture_output=True, text=True)

verb, target = sys.argv[1], sys.argv[-1].removeprefix("--target=")
if verb == "audit":
    print("migrations:", sql("SELECT max(version) FROM schema_migrations").stdout.strip())
elif verb == "up":
    sql("BEGIN; ALTER TABLE orders ADD COLUMN community text; INSERT INTO schema_migrations VALUES (42); COMMIT")
elif verb == "down":
    sql("BEGIN; ALTER TABLE orders DROP COLUMN community; DELETE FROM schema_migrations WHERE version > 41; COMMIT")
"""
SERVICE = '''\
"""The API: users live as long as the process."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

VERSION = Path(__file__).resolve().parent.name
users = {}


class Handler(BaseHTTPRequestHandler):
    def user(self):
        return self.headers.get("Authorization", "").removeprefix("Bearer ")

    def do_GET(self):
        if self.path == "/health":
            self.reply(200, {"status": "healthy", "version": VERSION})
        elif self.path == "/users":
            self.reply(200, list(users.values()))
        elif self.path == "/api/profile":
            self.reply(200 if self.user() in {*users, "smoke"} else 401, {"email": users.get(self.user(), "smoke")})
        else:
            self.reply(200 if self.user() == "smoke" else 401, [])

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/auth/register":
            users[f"token-{len(users)}"] = body["email"]
            self.reply(201, {"token": f"token-{len(users) - 1}"})
        else:
            self.reply(200, {"valid": body["charge"] is False})

    def do_DELETE(self):
        self.reply(204 if users.pop(self.user(), None) else 404, {})

    def reply(self, status, document):
        text = b"" if status == 204 else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


port = urlsplit(os.environ["BASE_URL"]).port
ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
'''
PROVIDERS = ("stripe", "square", "twilio_sms", "fcm", "apns")
FLAGS = ("community_enabled", "notifications_enabled", "personalization_enabled", "rate_limiting_enabled")
AUTHORIZATION = "Bearer of-the-operator"


@dataclass
class Monitoring:
    """The production monitoring service, and a Prometheus and an Alertmanager that have little to complain about."""

    flags: dict[str, bool] = field(default_factory=lambda: {**dict.fromkeys(FLAGS, True), FLAGS[-1]: False})
    breakers: dict[str, str] = field(default_factory=lambda: dict.fromkeys(PROVIDERS, "closed"))
    failing: set[str] = field(default_factory=set)
    """Providers whose calls fail as soon as their breaker is closed."""
    history: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def answer(self, request: Request) -> tuple[int, Any]:
        if request.path == "/channel":
            self.texts.append(str(request.body))
            return 200, {}
        if request.path.startswith("/api/v"):
            return self._metrics(request)
        if request.headers.get("Authorization") != AUTHORIZATION:
            return 401, {}
        _, _, kind, *name = request.path.split("/")
        known: dict[str, Any] = self.flags if kind == "flags" else self.breakers
        if request.method == "PUT":
            known[name[0]] = next(iter(request.body.values()))
            self.history.append(f"{name[0]} {known[name[0]]}")
            return 200, request.body
        return 200, known

    def _metrics(self, request: Request) -> tuple[int, Any]:
        if request.path.endswith("/alerts"):
            return 200, []
        expression = parse_qs(request.query)["query"][0]
        number = next((1 for name in self.failing if f'"{name}"' in expression), 0)
        result = [{"metric": {}, "value": [1700000000, str(number)]}]
        return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SamiaHost:
    """Where everything lies."""

    home: Path
    bin: Path
    units: Path
    port: int
    database: str
    postgresql: Postgresql
    redis: Redis

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def parameters(self) -> dict[str, str]:
        return {
            "SAMIA_HOME": str(self.home),
            "BASE_URL": self.url,
            "PREVIOUS_COMMIT": COMMITS[PREVIOUS],
            "RELEASE_COMMIT": COMMITS[RELEASE],
            "FIX_COMMIT": COMMITS[FIX],
            "PGHOST": self.postgresql.host,
            "PGPORT": str(self.postgresql.port),
            "PGUSER": "samia",
            "PGDATABASE": self.database,
            "REDIS_HOST": self.redis.host,
            "REDIS_PORT": str(self.redis.port),
        }

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": f"{self.bin}:{self.postgresql.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "UNITS": str(self.units),
            "PGPASSWORD": "not asked for",
            "REDISCLI_AUTH": CACHE_PASSWORD,
            "MONITORING_AUTHORIZATION": AUTHORIZATION,
            "SMOKE_AUTHORIZATION": "Bearer smoke",
        }

    def query(self, sql: str, database: str = "") -> str:
        """Run SQL as the owner."""
        return self.postgresql.query(sql, database or self.database, user="samia")

    def systemctl(self, *arguments: str) -> None:
        """Call systemctl."""
        environ = {**os.environ, **self.parameters, **self.environ}
        subprocess.run([str(self.bin / "systemctl"), *arguments], env=environ, check=True, timeout=60)


@contextmanager
def samia_host(folder: Path, postgresql: Postgresql, redis: Redis) -> Iterator[SamiaHost]:
    """Set up the host: the previous release is current and nothing runs. Whatever runs at the end is ended."""
    for name in ("git", "curl", "jq"):
        _ = shutil.which(name) or missing(name)
    home, bin_folder, units = folder / "samia", folder / "bin", folder / "units"
    for path in (home, bin_folder, units):
        path.mkdir()
    for version, commit in COMMITS.items():
        release(home / "releases" / version, commit)
    (home / "current").symlink_to(f"releases/{PREVIOUS}")
    stand_in = Path(__file__).with_name("systemctl_stand_in.py")
    program(bin_folder / "systemctl", f'exec "{sys.executable}" "{stand_in}" "$@"')
    program(bin_folder / "journalctl", "echo no journal here")
    program(bin_folder / "sleep", "exec /bin/sleep 0.2")  # a process that dies at once needs no two seconds for it
    if "samia" not in postgresql.query("SELECT rolname FROM pg_roles").split():
        postgresql.query("CREATE ROLE samia LOGIN CREATEDB")
    host = SamiaHost(
        home=home,
        bin=bin_folder,
        units=units,
        port=free_port(),
        database=postgresql.create_database(owner="samia"),
        postgresql=postgresql,
        redis=redis,
    )
    host.query(SCHEMA)
    try:
        yield host
    finally:
        host.systemctl("stop", "samia-tarot-api", "samia-tarot-worker")


def release(folder: Path, commit: str) -> None:
    """Make the folder of a release. Its Python is that of the tests, without an environment of its own."""
    (folder / "venv/bin").mkdir(parents=True)
    program(folder / "venv/bin/python", f'exec "{sys.executable}" "$@"')
    for name, text in {"REVISION": f"{commit}\n", "service.py": SERVICE, "migrate.py": MIGRATE}.items():
        (folder / name).write_text(text, encoding="utf-8")


def program(path: Path, text: str) -> None:
    """Write a program."""
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
