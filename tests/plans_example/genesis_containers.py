"""The host of Genesis with containers: a compose project of two services, on a real engine.

The images have nothing but the service; its Python is the one of the tests, and the machine's, to be read only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.container_engine import BASE, PYTHON, SYSTEM, Engine
from tests.plans_example.genesis_host import PREVIOUS, PROGRAM, GenesisHost, folders, furnish_database, repository
from tests.servers import free_port

SERVICE, DATABASE = "genesis-orchestration", "mongodb"
COMPOSE = f"""\
services:
  {SERVICE}:
    build: .
    image: {SERVICE}:${{GENESIS_VERSION}}
    network_mode: host
    init: true
    volumes: [{SYSTEM}, "./config:/app/config:ro", "${{DOCKER_STATE}}:${{DOCKER_STATE}}:ro"]
    environment: [SERVICE_PORT, DOCKER_STATE]
    command: ["{PYTHON}", /app/service.py]
    healthcheck:
      test: [CMD, /usr/bin/curl, --fail, --silent, "http://127.0.0.1:${{SERVICE_PORT}}/health"]
      interval: 500ms
  {DATABASE}:
    image: {BASE}
    network_mode: none
    init: true
    volumes: [{SYSTEM}]
    command: [/usr/bin/sleep, "86400"]
"""
DOCKERFILE = f"""\
FROM {BASE}
COPY service.py PRODUCTION_VERSION.txt /app/
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """The compose project on its engine."""

    host: GenesisHost
    engine: Engine

    def containers(self) -> dict[str, tuple[str, str, str]]:
        """Every container of the engine, running or not, by its name: its id, its image and its state."""
        lines = self.engine.call("ps", "--all", "--no-trunc", "--format", "{{.Names}}\t{{.ID}}\t{{.Image}}\t{{.State}}")
        rows = (line.split("\t") for line in lines.splitlines())
        return {name: (id_, image, state) for name, id_, image, state in rows}

    def compose(self, *words: str) -> None:
        """Run compose on the project, as somebody at the host does."""
        folder = ["--project-name", "genesis", "--project-directory", str(self.host.home)]
        environ = {**self.host.environ, **self.host.parameters, "GENESIS_VERSION": PREVIOUS}
        self.engine.call("compose", *folder, *words, environ=environ)


@contextmanager
def genesis_in_containers(folder: Path, engine: Engine) -> Iterator[Project]:
    """Set up the host with its previous version running; every container is gone at the end."""
    home, bin_folder, state = folders(folder)
    files = {"compose.yaml": COMPOSE, "Dockerfile": DOCKERFILE, "service.py": PROGRAM}
    host = GenesisHost(
        home=home,
        bin=bin_folder,
        state=state,
        port=free_port(),
        commits=repository(home, files),
        docker_host=engine.environ["DOCKER_HOST"],
    )
    furnish_database(host)
    project = Project(host=host, engine=engine)
    try:
        project.compose("build", "--quiet", SERVICE)
        project.compose("up", "--detach", "--no-build", "--pull", "never", "--wait", "--wait-timeout", "30")
        yield project
    finally:
        engine.clear()
