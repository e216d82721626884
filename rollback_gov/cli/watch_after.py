"""``watch --after RUN`` and ``execute --watch-after``: the windows after a rollback."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rollback_gov.cli.person import person
from rollback_gov.cli.terminal import open_terminal
from rollback_gov.model.exit_codes import ExitCode

if TYPE_CHECKING:
    from rollback_gov.triggers.windows import WindowState


def watch_windows(run: str, incidents: Path, given: Mapping[str, str], *, who: str, as_json: bool) -> int:
    """Watch until every window has its verdict; 0 when all were quiet, else 1."""
    from rollback_gov.commands.watch_after import verdict_words, watch_after
    from rollback_gov.commands.world import World
    from rollback_gov.execution.stop import Stop, stop_on_signals

    with stop_on_signals(Stop()) as stop:
        console = open_terminal(ask=False, quiet=as_json)
        world = World(person=person(os.environ, who), environ=os.environ, console=console, stop=stop)
        watched = watch_after(run, incidents, given, world)
    code = ExitCode.PASSED if watched.is_quiet else ExitCode.FINDINGS
    if as_json:
        windows = [_document(window) for window in watched.windows]
        click.echo(json.dumps({"run": watched.run, "exit": code.word, "windows": windows}, indent=2))
    else:
        click.echo(f"\nAfter {watched.run}:")
        for window in watched.windows:
            click.echo(f"  {window.name}: {verdict_words(window)}")
            for alarm in window.alarms:
                click.echo(f"    {alarm}")
    return code


def _document(window: WindowState) -> dict[str, Any]:
    from rollback_gov.triggers.line import stamp

    counts = ("looks", "quiet", "alarmed", "unknown", "missed")
    return {
        "name": window.name,
        "verdict": window.verdict,
        "began": stamp(window.began),
        "ends": stamp(window.ends),
        **{name: getattr(window, name) for name in counts},
        "alarms": list(window.alarms),
    }
