"""The host of Genesis, in a temporary folder: a git work tree with two versions, and its service on loopback."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from urllib.request import urlopen

from tests.plans_example.docker_engine import engine
from tests.plans_example.json_server import Request
from tests.plans_example.plan_runner import PlanRunner
from tests.servers import free_port, missing

PREVIOUS, RELEASE = "v3.4.1", "v4.0.0"
PROGRAM = '''\
"""A service with one feature, which is on unless the override file says otherwise. The release answers nothing."""
import json
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HOME = Path(__file__).parent
VERSION = (HOME / "PRODUCTION_VERSION.txt").read_text().strip()
OVERRIDE = HOME / "config" / "feature_flags_override.json"
ACTIVE = Path(os.environ["DOCKER_STATE"]) / "active"
flag = {"enabled": True, "rollout_percentage": 100}
if OVERRIDE.exists():
    flag = json.loads(OVERRIDE.read_text())["phase_4_deployment"]


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            self.reply(200, json.dumps({"status": "UP", "version": VERSION}))
        elif self.path == "/metrics":
            phase_4 = f"phase_4_traffic_percentage {flag['rollout_percentage']}\\n" if VERSION > "v4" else ""
            active = ACTIVE.read_text() if ACTIVE.exists() else "0"
            self.reply(200, f'genesis_active_requests{{agent="a"}} {active}\\n' + phase_4)
        elif self.path == "/answer":
            self.reply(500 if VERSION > "v4" else 200, "42")
        else:
            self.reply(404, "{}")

    def do_POST(self):
        flag.update(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.reply(200 if os.environ.get("FLAG_API") != "broken" else 500, json.dumps(flag))

    def reply(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


print("serving", VERSION, flush=True)
ThreadingHTTPServer(("127.0.0.1", int(os.environ["SERVICE_PORT"])), Handler).serve_forever()
'''
SMOKE_TEST = """\
import os
from urllib.request import urlopen


def test_the_service_is_up():
    assert urlopen(os.environ["BASE_URL"] + "/health", timeout=2).status == 200
"""
HEALTH_TEST = f"""{SMOKE_TEST}

class TestProductionSLOs:
    def test_fast_enough(self):
        assert True
"""
MONGODUMP = """\
for option; do
  case $option in --archive=*) gzip > "${option#--archive=}" < /dev/null ;; esac
done"""
METADATA = """\
# The client asks first what this is.
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo '{"SchemaVersion": "0.1.0", "Vendor": "tests", "Version": "2", "ShortDescription": "compose"}'
  exit
fi"""
IGNORED = "logs/\ndata/\n.env\nconfig/feature_flags_override.json\nmonitoring/metrics_snapshot.json\n__pycache__/\n"
NUMBERS = {"genesis_requests_total": 0, "histogram_quantile": 0.05, "min(up": 1, "count(up": 3, "phase_4": 0}
"""Part of an expression -> what Prometheus answers to it."""


def prometheus(request: Request) -> tuple[int, Any]:
    """Answer as a Prometheus and an Alertmanager that have nothing to complain about."""
    if request.path.endswith("/alerts"):
        return 200, []
    expression = parse_qs(request.query)["query"][0]
    number = next((value for part, value in NUMBERS.items() if part in expression), 1)
    result = [{"metric": {}, "value": [1700000000, str(number)]}]
    return 200, {"status": "success", "data": {"resultType": "vector", "result": result}}


@dataclass(frozen=True, slots=True, kw_only=True)
class GenesisHost:
    """Where everything lies. ``commits`` has the commit of each version."""

    home: Path
    bin: Path
    state: Path
    port: int
    commits: dict[str, str]
    docker_host: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def parameters(self) -> dict[str, str]:
        return {
            "GENESIS_HOME": str(self.home),
            "GENESIS_REPOSITORY": f"file://{self.home}",
            "BASE_URL": self.url,
            "SERVICE_PORT": str(self.port),
            "PREVIOUS_TAG": PREVIOUS,
            "PREVIOUS_COMMIT": self.commits[PREVIOUS],
            "RELEASE_TAG": RELEASE,
            "RELEASE_COMMIT": self.commits[RELEASE],
        }

    @property
    def environ(self) -> dict[str, str]:
        path = f"{self.bin}:{Path(sys.executable).parent}:{os.environ['PATH']}"
        docker = {"DOCKER_STATE": str(self.state), "DOCKER_CONFIG": str(self.state), "DOCKER_HOST": self.docker_host}
        return {"PATH": path, "MONGO_URI": "mongodb://genesis:secret@127.0.0.1/", **docker}

    @property
    def calls(self) -> str:
        """What docker was called for, one call a line."""
        return (self.state / "calls").read_text(encoding="utf-8")

    def serve_requests(self, number: int) -> None:
        """So many requests are in flight, says the service."""
        write(self.state / "active.new", str(number))
        (self.state / "active.new").replace(self.state / "active")

    @property
    def commit(self) -> str:
        """What is checked out."""
        return git(self.home, "rev-parse", "HEAD")

    def program(self, name: str, text: str) -> None:
        """Put a program in front of PATH."""
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (self.bin / name).chmod(0o755)


@contextmanager
def genesis_host(folder: Path) -> Iterator[GenesisHost]:
    """Set up the host: the previous version is checked out and nothing runs. Whatever runs at the end is ended."""
    home, bin_folder, state = folders(folder)
    (state / "images").write_text(f"genesis-orchestration:{PREVIOUS}", encoding="utf-8")
    with engine(state / "images") as docker_host:
        host = GenesisHost(
            home=home,
            bin=bin_folder,
            state=state,
            port=free_port(),
            commits=repository(home, {"service.py": PROGRAM}),
            docker_host=docker_host,
        )
        with _furnished(host):
            yield host


def folders(folder: Path) -> tuple[Path, Path, Path]:
    """Make the folders of a host: its work tree, its programs, and what docker remembers."""
    for program in ("git", "rsync", "curl", "jq", "ss"):
        _ = shutil.which(program) or missing(program)
    home, bin_folder, state = folder / "genesis", folder / "bin", folder / "docker"
    for path in (home, bin_folder, state):
        path.mkdir()
    return home, bin_folder, state


@contextmanager
def _furnished(host: GenesisHost) -> Iterator[None]:
    """Put docker and MongoDB there."""
    home, state = host.home, host.state
    stand_in = f'exec "{sys.executable}" "{Path(__file__).with_name("docker_stand_in.py")}" "$@"'
    if shutil.which("docker"):
        plugin = state / "cli-plugins" / "docker-compose"
        write(plugin, f"#!/bin/sh\n{METADATA}\n{stand_in}\n")
        plugin.chmod(0o755)
    else:
        host.program("docker", stand_in)
    furnish_database(host)
    try:
        yield
    finally:
        compose = [
            "compose",
            "--project-name",
            "genesis",
            "--project-directory",
            str(home),
            "kill",
            "genesis-orchestration",
        ]
        environ = {**os.environ, **host.environ, **host.parameters, "GENESIS_VERSION": PREVIOUS}
        docker = shutil.which("docker", path=environ["PATH"]) or "docker"
        subprocess.run([docker, *compose], env=environ, check=True, timeout=60)


def furnish_database(host: GenesisHost) -> None:
    """Put a number of documents in a file, and a dump that says so: there is no MongoDB."""
    (host.state / "documents").write_text("1200", encoding="utf-8")
    host.program("mongosh", 'cat "$DOCKER_STATE/documents"')
    host.program("mongodump", MONGODUMP)
    host.program("mongorestore", "exit 0")


def repository(home: Path, service: Mapping[str, str]) -> dict[str, str]:
    """Make the work tree with its two versions, and check the previous one out. Gives the commit of each version."""
    git(home, "init", "--quiet")
    for name, text in {"config/feature_flags.json": "{}", ".gitignore": IGNORED, **service}.items():
        write(home / name, text)
    write(home / "tests/test_smoke.py", SMOKE_TEST)
    write(home / "tests/test_production_health.py", HEALTH_TEST)
    write(home / "scripts/continuous_monitoring.sh", "#!/bin/sh\nexit 0\n")
    (home / "scripts/continuous_monitoring.sh").chmod(0o755)
    write(home / "requirements_infrastructure.txt", "")
    commits = {}
    for version in (PREVIOUS, RELEASE):
        write(home / "PRODUCTION_VERSION.txt", f"{version}\n")
        if version == RELEASE:
            write(home / "phase_4/engine.py", "")
        git(home, "add", "--all")
        git(home, "commit", "--quiet", "--message", version)
        git(home, "tag", version)
        commits[version] = git(home, "rev-parse", "HEAD")
    git(home, "checkout", "--quiet", PREVIOUS)
    write(home / "logs/infrastructure.log", "2025-10-18T00:00:00Z ERROR long ago\n")
    write(home / "monitoring/metrics_snapshot.json", "{}")
    return commits


def release(genesis: PlanRunner) -> PlanRunner:
    """Keep the baseline and deploy the release, with Phase 4 at 100 %."""
    assert genesis.script("scripts/start-service.sh").passed
    genesis.keep_baseline()
    done = genesis.script("scripts/deploy-release.sh")
    assert done.passed, done.stderr
    return genesis


def live_version(host: GenesisHost) -> str:
    """What the service says about itself."""
    with urlopen(f"{host.url}/health", timeout=2) as answer:
        return str(answer.read())


def write(path: Path, text: str) -> None:
    """Write a file and the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def git(folder: Path, *arguments: str) -> str:
    """Run git, by nobody's configuration but our own."""
    environ = {"PATH": os.environ["PATH"], "HOME": str(folder.parent), "GIT_CONFIG_NOSYSTEM": "1"}
    people = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        [shutil.which("git") or "git", *people, *arguments],
        cwd=folder,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
    )
    return done.stdout.strip()
