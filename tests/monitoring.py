"""Real Prometheus, Alertmanager and push gateway for tests: on loopback, from a temporary folder, killed on demand."""

from __future__ import annotations

import os
import shutil
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

from tests.servers import free_port, missing


@dataclass(slots=True, kw_only=True)
class Server:
    """One server and its process."""

    command: Sequence[str]
    folder: Path
    port: int
    scheme: str = "http"
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def is_alive(self) -> bool:
        """It was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    @property
    def work(self) -> float:
        """Seconds of processor time that the server has taken."""
        assert self._process is not None
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def start(self) -> None:
        """Start it, again after a kill, and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log)
        limit = time.monotonic() + 60
        while time.monotonic() < limit and self._process.poll() is None:
            if self._is_ready():
                return
            time.sleep(0.05)
        raise RuntimeError(f"{self.url} was not ready: {(self.folder / 'log').read_text()[-2000:]}")

    def _is_ready(self) -> bool:
        unverified = ssl._create_unverified_context() if self.scheme == "https" else None
        try:
            with urlopen(f"{self.url}/-/ready", timeout=5, context=unverified):
                return True
        except HTTPError as refusal:
            return refusal.code == 401
        except OSError:
            return False

    def kill(self) -> None:
        """End it at once, as a machine that fails does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=60)


@contextmanager
def start_prometheus(config: str, *, data: Path | None = None, web: Path | None = None) -> Iterator[Server]:
    """Run a Prometheus on a free port; ``PORT`` in the configuration becomes it.

    ``data`` holds blocks of the past, ``web`` the settings of its own TLS and its users.

    Skips the test where the program is missing; with CI=true that is a failure.
    """
    with _folder("prometheus") as folder:
        options = [f"--storage.tsdb.path={data or folder / 'data'}", "--storage.tsdb.retention.time=100y"]
        options += [f"--web.config.file={web}"] if web else []
        with _running("prometheus", folder, config, options, scheme="https" if web else "http") as server:
            yield server


@contextmanager
def start_alertmanager(config: str) -> Iterator[Server]:
    """Run an Alertmanager on a free port. Skips the test where the program is missing; with CI=true: a failure."""
    with _folder("alertmanager") as folder:
        options = [f"--storage.path={folder / 'data'}", "--cluster.listen-address="]
        with _running("prometheus-alertmanager", folder, config, options) as server:
            yield server


@contextmanager
def start_pushgateway(*, web: Path | None = None) -> Iterator[Server]:
    """Run a push gateway on a free port; ``web`` holds the settings of its own TLS and its users.

    Skips the test where the program is missing; with CI=true that is a failure.
    """
    with _folder("pushgateway") as folder:
        options = [f"--web.config.file={web}"] if web else []
        with _running("prometheus-pushgateway", folder, "", options, scheme="https" if web else "http") as server:
            yield server


@contextmanager
def start_node_exporter(textfiles: Path) -> Iterator[Server]:
    """Run a node exporter on a free port that shows the text files of a folder and nothing else.

    Skips the test where the program is missing; with CI=true that is a failure.
    """
    with _folder("node-exporter") as folder:
        shown = ["--collector.disable-defaults", "--collector.textfile", f"--collector.textfile.directory={textfiles}"]
        with _running("prometheus-node-exporter", folder, "", shown) as server:
            yield server


@contextmanager
def _running(name: str, folder: Path, config: str, options: Sequence[str], *, scheme: str = "http") -> Iterator[Server]:
    program, port = shutil.which(name) or missing(name), free_port()
    configured = []
    if config:
        (folder / "config.yml").write_text(config.replace("PORT", str(port)))
        configured = [f"--config.file={folder / 'config.yml'}"]
    command = [program, *configured, f"--web.listen-address=127.0.0.1:{port}", *options]
    server = Server(command=command, folder=folder, port=port, scheme=scheme)
    try:
        server.start()
        yield server
    finally:
        server.kill()


@contextmanager
def _folder(name: str) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=f"{name}-") as folder:
        yield Path(folder)
