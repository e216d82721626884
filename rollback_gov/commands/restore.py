"""Going on with a run whose machine is gone: its journal comes from the mirror, its plan from the checkout here."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any

from rollback_gov.commands.journal import settle_with_mirror
from rollback_gov.commands.workspace import Workspace
from rollback_gov.commands.world import World
from rollback_gov.execution.chain import parse_lines, whole_lines
from rollback_gov.execution.mirror.address import open_mirror
from rollback_gov.execution.store import FileStore, JournalError
from rollback_gov.model.errors import UsageError
from rollback_gov.model.event import Event

if TYPE_CHECKING:
    from rollback_gov.execution.context import Context
    from rollback_gov.execution.journal import Journal


class UnknownRun(UsageError):  # noqa: N818 - the word for it
    """A mirror has no line of the run that it was asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A journal that was brought here: its folder, the mirror's name, and how many lines came from it."""

    folder: Path
    mirror: str
    lines: int


def restore(address: str, run: str, incidents: Path, world: World, *, folder: Path | None = None) -> Restored:
    """Bring the journal of ``run`` from its mirror into ``incidents``, or complete the one that is there.

    ``folder`` is another place for it, for a region's own journal.

    Raises MirrorError when the mirror does not answer, UsageError when it does not know the run, JournalError for a
    journal whose chain is broken or that another process writes.
    """
    name, lines = fetch(address, run, incidents, world.environ)
    parse_lines(lines, f"{name}, journal of {run}")
    folder = folder or incidents / run
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"Cannot make the folder {folder}: {error.strerror}.") from error
    store = FileStore(folder, world.clock)
    try:
        here = store.read()
        if not lines.startswith(here) and not here.startswith(lines):
            _check_chain(here, store.path)
            raise JournalError(
                f"The journal in {folder} and the one in {name} tell different stories of {run}.",
                hint="Look at both: `rollback-gov journal show RUN`, with and without --from-mirror.",
            )
        if len(lines) > len(here):
            store.append(lines[len(here) :], seq=here.count(b"\n") + 1)
    finally:
        store.close()
    return Restored(folder=folder, mirror=name, lines=max(lines.count(b"\n") - here.count(b"\n"), 0))


def _check_chain(lines: bytes, path: Path) -> None:
    """See that the journal that is here is whole. Raises JournalError."""
    try:
        parse_lines(lines, str(path))
    except JournalError as error:
        raise JournalError(
            f"The journal that is here is damaged, so it is not completed from the mirror: {error}",
            hint=f"Put it aside, and say it again: mv {quote(str(path))} {quote(f'{path}.damaged')}",
        ) from error


def fetch(address: str, run: str, incidents: Path, environ: Mapping[str, str]) -> tuple[str, bytes]:
    """Give the mirror's name and every whole line that it has of ``run``. Raises MirrorError, UsageError."""
    if run in ("", ".", "..", "latest") or Path(run).name != run:
        raise UsageError(f"'{run}' is not the id of a run.", hint="A mirror is asked for one run by its whole id.")
    mirror = open_mirror(address, run, root=Workspace.around(incidents).root, environ=environ)
    try:
        lines = whole_lines(mirror.read())
    finally:
        mirror.close()
    if not lines:
        raise UnknownRun(f"The journal mirror {mirror.name} knows nothing of the run '{run}'.")
    return mirror.name, lines


def plan_file(events: Sequence[Event], restored: Restored | None) -> Path:
    """Find the plan of a run. The journal names a file of the machine where it was written.

    Raises UsageError where a journal that was brought here finds no such file in this repository.
    """
    recorded = Path([event.data["plan_file"] for event in events if event.data.get("plan_file")][-1])
    return recorded if restored is None else plan_here(recorded, Workspace.around(restored.folder.resolve()).root)


def plan_here(recorded: Path, root: Path) -> Path:
    """Find a plan of another machine: the longest end of its path that exists under ``root``.

    The digest shows later whether it is the same plan. Raises UsageError where there is none.
    """
    parts = recorded.parts[1:]
    for start in range(len(parts)):
        candidate = root.joinpath(*parts[start:])
        if candidate.is_file():
            return candidate
    raise UsageError(
        f"The plan of the run, {recorded}, is not in {root}.",
        hint="Check out the commit of the run (`git_commit` in its first line) in the repository where you resume.",
    )


def resumed(context: Context, events: Sequence[Event], plan: Path, restored: Restored | None) -> dict[str, Any]:
    """Give the data of ``run.resumed``: who, where, and whether the journal may lack its end."""
    from rollback_gov.execution.doubt import MISSING, end_may_be_missing

    missing = end_may_be_missing(events, mirrored=restored is not None)
    return {
        "by": context.person,
        "host": os.uname().nodename,
        "pid": os.getpid(),
        "boot": context.clock.boot,
        "reason": "",
        "mirror": restored.mirror if restored else "",
        "lines": restored.lines if restored else 0,
        "plan_file": str(plan.resolve()),
        "tail": MISSING if missing else "whole",
    }


def cast_doubt(context: Context, journal: Journal, since: Event, restored: Restored | None) -> None:
    """Let the steps be doubted that may have been begun without a line about it. ``since`` is our ``run.resumed``."""
    from rollback_gov.execution.doubt import MISSING, Doubt
    from rollback_gov.execution.outcome import Verdict
    from rollback_gov.execution.probe import decide
    from rollback_gov.model.step import Step

    def needed(step: Step) -> bool:
        return step.when is None or decide(context, step.when, name="when")[0] is not Verdict.FAILED

    missing = since.data["tail"] == MISSING
    if restored:
        settle_with_mirror(journal)
    doubt = Doubt(context.plan, journal, needed)
    journal.listeners.append(doubt)
    if missing:
        context.console.say("  the journal may lack its last lines: what may have begun is looked at, not repeated")
    doubt.begin(open_steps=missing or restored is not None)
