"""Stands in for docker compose where no engine can run: one service as a process, images as names in a file.

The real docker client calls it as its plugin; where there is no client it is called as ``docker``, for images too.
$DOCKER_STATE is the folder that remembers. As with the real one, ``up --no-build`` starts only an image that is there.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

STATE = Path(os.environ["DOCKER_STATE"])
SERVICE = "genesis-orchestration"
OTHERS = ("alertmanager", "grafana", "mongodb", "prometheus")
VERBS = {
    "build": ("quiet no-cache pull", "progress"),
    "config": ("quiet services images volumes", "format output"),
    "kill": ("remove-orphans", "signal"),
    "logs": ("follow no-color no-log-prefix timestamps", "since tail until"),
    "ps": ("all quiet services no-trunc orphans", "filter format status"),
    "restart": ("no-deps", "timeout"),
    "stop": ("", "timeout"),
    "up": (
        "detach build no-build no-deps force-recreate no-recreate remove-orphans wait quiet-pull no-start",
        "pull timeout wait-timeout scale",
    ),
}
"""Of each command the options without a value, and those with one."""


def main(arguments: list[str]) -> int:
    """Do what one call of docker does. Gives the exit code."""
    with (STATE / "calls").open("a", encoding="utf-8") as calls:
        calls.write(" ".join(arguments) + "\n")
    if arguments[0] == "compose":
        known = parser().parse_args(arguments[1:])
        return compose(Path(known.project_directory), known.verb, arguments)
    return image(arguments)


def parser() -> argparse.ArgumentParser:
    """What the plan may say to compose, version 2: another option is refused, as the real one does."""
    compose = argparse.ArgumentParser("docker compose", allow_abbrev=False)
    for name in ("--project-name", "--project-directory"):
        compose.add_argument(name, required=True)
    verbs = compose.add_subparsers(dest="verb", required=True)
    for verb, (flags, values) in VERBS.items():
        one = verbs.add_parser(verb, allow_abbrev=False)
        for name in flags.split():
            one.add_argument(f"--{name}", action="store_true")
        for name in values.split():
            one.add_argument(f"--{name}")
        one.add_argument("services", nargs="*")
    return compose


def compose(folder: Path, verb: str, options: list[str]) -> int:
    name = f"{SERVICE}:{os.environ['GENESIS_VERSION']}"
    if verb == "build":
        remember(name)
    elif verb == "up" and name not in images():
        print(f"Error response from daemon: No such image: {name}", file=sys.stderr)
        return 1
    elif verb == "up":
        end(signal.SIGTERM)
        begin(folder)
    elif verb in ("stop", "kill") and (SERVICE in options or verb == "stop"):
        end(signal.SIGTERM if verb == "stop" else signal.SIGKILL)
    elif verb == "config" or (verb == "ps" and "--services" in options):
        print("\n".join((*OTHERS, *((SERVICE,) if verb == "config" or pid() else ()))))
    elif verb == "logs":
        print((STATE / "log").read_text(encoding="utf-8"))
    elif verb == "ps":
        print(json.dumps({"Service": SERVICE, "State": "running" if pid() else "exited"}))
    return 0


def image(arguments: list[str]) -> int:
    verb = arguments[1]
    if verb == "inspect":
        return 0 if arguments[-1] in images() else 1
    if verb == "save":
        Path(arguments[3]).write_text(arguments[4], encoding="utf-8")
        return 0 if arguments[4] in images() else 1
    if verb == "load":
        remember(Path(arguments[-1]).read_text(encoding="utf-8"))
    return 0


def images() -> list[str]:
    file = STATE / "images"
    return file.read_text(encoding="utf-8").split() if file.exists() else []


def remember(name: str) -> None:
    (STATE / "images").write_text("\n".join({*images(), name}), encoding="utf-8")


def begin(folder: Path) -> None:
    with (STATE / "log").open("a", encoding="utf-8") as log:
        process = subprocess.Popen(
            [sys.executable, str(folder / "service.py")], stdout=log, stderr=log, start_new_session=True
        )
    (STATE / "pid").write_text(str(process.pid), encoding="utf-8")
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            urlopen(f"http://127.0.0.1:{os.environ['SERVICE_PORT']}/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise SystemExit("the service does not answer")


def pid() -> int:
    file = STATE / "pid"
    number = int(file.read_text(encoding="utf-8")) if file.exists() else 0
    try:
        return number if number and not Path(f"/proc/{number}/stat").read_text().split(")")[1].startswith(" Z") else 0
    except FileNotFoundError:
        return 0


def end(number: signal.Signals) -> None:
    if pid():
        os.kill(pid(), number)
    while pid():
        time.sleep(0.01)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
