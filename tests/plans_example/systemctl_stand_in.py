"""Stands in for systemctl where no systemd runs: the API is a process, the worker a name in a file.

Called as ``systemctl``; $UNITS is the folder that remembers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

UNITS = Path(os.environ["UNITS"])
API = "samia-tarot-api"


def main(arguments: list[str]) -> int:
    """Do what one call of systemctl does. Gives the exit code."""
    verb = arguments[0]
    units = [name.removesuffix(".service") for name in arguments[1:] if not name.startswith("--")]
    if verb in ("stop", "restart"):
        for unit in units:
            stop(unit)
    if verb == "restart":
        for unit in units:
            start(unit)
    if verb == "kill":
        os.kill(pid(API), signal.SIGSTOP)
    if verb == "is-active":
        print("\n".join("active" if runs(unit) else "inactive" for unit in units))
        return 0 if all(map(runs, units)) else 3
    return 0


def start(unit: str) -> None:
    if unit != API:
        (UNITS / unit).write_text("0", encoding="utf-8")
        return
    service = Path(os.environ["SAMIA_HOME"]) / "current" / "service.py"
    quiet = subprocess.DEVNULL
    process = subprocess.Popen([sys.executable, str(service)], stdout=quiet, stderr=quiet, start_new_session=True)
    (UNITS / unit).write_text(str(process.pid), encoding="utf-8")
    while process.poll() is None:
        try:
            urlopen(f"{os.environ['BASE_URL']}/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)


def stop(unit: str) -> None:
    """SIGTERM and then SIGCONT, as systemd does: a process that was frozen can only end when it runs."""
    number = pid(unit)
    if number and runs(unit):
        os.kill(number, signal.SIGTERM)
        os.kill(number, signal.SIGCONT)
        while runs(unit):
            time.sleep(0.01)
    (UNITS / unit).unlink(missing_ok=True)


def pid(unit: str) -> int:
    file = UNITS / unit
    return int(file.read_text(encoding="utf-8")) if file.exists() else 0


def runs(unit: str) -> bool:
    if not (UNITS / unit).exists() or unit != API:
        return (UNITS / unit).exists()
    try:
        status = Path(f"/proc/{pid(unit)}/stat").read_text()
    except OSError:  # it has gone, perhaps while it was read
        return False
    return status.split(")")[1].split()[0] != "Z"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
