"""Runs ``rollback-gov`` with our arguments, and says on stderr what came between a decision and the first step."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from typing import Any

from rollback_gov.cli.main import run
from rollback_gov.commands import watched
from rollback_gov.execution.journal import Journal
from rollback_gov.triggers.tick import Tick

_BEFORE: set[str] = set()
_STARTED: list[str] = []
_ASKED: list[str] = []
_SYNCED: list[int] = []
_HURRY: list[bool] = [False]


def main() -> int:
    """Watch, and print a line of JSON with ``imported``, ``started``, ``asked`` (the kernel) and ``synced``."""
    respond, append = watched.Watched._respond, Journal.append

    def begins(self: watched.Watched, tick: Tick) -> None:
        if tick.decision is not None and not _BEFORE:
            _BEFORE.update(sys.modules)
            _HURRY[0] = True
        respond(self, tick)

    def appends(self: Journal, type_: str, data: Any = None) -> Any:
        event = append(self, type_, data)
        if type_ == "step.intent" and _HURRY[0]:
            _HURRY[0] = False
            imported = sorted(set(sys.modules) - _BEFORE)
            said = {"imported": imported, "started": _STARTED, "synced": len(_SYNCED), "asked": _ASKED}
            sys.stderr.write("\n" + json.dumps(said) + "\n")
        return event

    watched.Watched._respond = begins  # type: ignore[method-assign]
    Journal.append = appends  # type: ignore[method-assign]
    for name in ("fsync", "fdatasync"):
        setattr(os, name, _counted(getattr(os, name)))
    sys.addaudithook(_hear)
    return run(sys.argv[1:])


def _counted(sync: Callable[[Any], None]) -> Callable[[Any], None]:
    def counted(file: Any) -> None:
        if _HURRY[0]:
            _SYNCED.append(1)
        sync(file)

    return counted


def _hear(event: str, args: tuple[Any, ...]) -> None:
    if event == "subprocess.Popen" and _HURRY[0]:
        _STARTED.append(str(args[0]))
    if event == "open" and _HURRY[0] and str(args[0]).startswith("/proc/sys/"):
        _ASKED.append(str(args[0]))


if __name__ == "__main__":
    sys.exit(main())
