"""``status --watch``: look at a run until nobody runs it any more."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from rollback_gov.commands.status import look
from rollback_gov.execution.glance import Glance
from rollback_gov.execution.journal import FILE
from rollback_gov.outputs.run_document import run_document
from rollback_gov.outputs.run_text import run_lines, summary

LOOK_SECONDS = 0.25
STATE_SECONDS = 1.0
"""A journal that does not grow is read again after this time, to see whether its process is still there."""


def watch_run(run: str, incidents: Path, *, as_json: bool) -> int:
    """Show the run in place on a terminal, elsewhere one line a change (JSON if asked for), and its end in full."""
    seen = look(run, incidents)
    if as_json or not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        seen = _print_changes(seen, incidents, as_json=as_json)
    else:
        seen = _show(seen, incidents)
    if not as_json:
        click.echo("\n".join(run_lines(seen, datetime.now(UTC))))
    return 0


def _print_changes(seen: Glance, incidents: Path, *, as_json: bool) -> Glance:
    told = ""
    while True:
        now = datetime.now(UTC)
        if (change := f"{seen.state} {seen.progress.last_at}") != told:
            told = change
            click.echo(json.dumps(run_document(seen, now)) if as_json else summary(seen, now))
        if not seen.goes_on:
            return seen
        seen = _next(seen, incidents)


def _show(seen: Glance, incidents: Path) -> Glance:
    from rollback_gov.cli.live import BlockOf
    from rollback_gov.cli.painter import Line, Painter

    block, shown = BlockOf(sys.stdout.encoding, os.environ), [seen]

    def draw(width: int, height: int) -> list[Line]:
        return block.draw(shown[0].progress, width, height)

    with closing(Painter(sys.stdout, draw)):
        while shown[0].goes_on:
            shown[0] = _next(shown[0], incidents)
    return shown[0]


def _next(seen: Glance, incidents: Path) -> Glance:
    """Wait until the journal has grown, or a second, and look again."""
    journal = seen.folder / FILE
    size, until = _size(journal), time.monotonic() + STATE_SECONDS
    while time.monotonic() < until and _size(journal) == size:
        time.sleep(LOOK_SECONDS)
    return look(str(seen.folder), incidents)


def _size(journal: Path) -> int:
    try:
        return journal.stat().st_size
    except OSError:
        return -1
