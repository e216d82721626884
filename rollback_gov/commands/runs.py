"""The folders of runs: a new one, one by its name, one that has not ended."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from shlex import quote
from typing import Any

from rollback_gov.commands.target import Target
from rollback_gov.execution.clock import Clock
from rollback_gov.execution.journal import FILE, JournalError, read_journal
from rollback_gov.model.errors import UsageError

REGIONS = "regions"
"""Where the regions of a run have their own folders, inside the run's."""


def new_run(target: Target, clock: Clock, mode: str) -> tuple[str, Path]:
    """Make a run's folder, and give its id and path. Two runs never share one."""
    stem = f"{target.loaded.require().metadata.operation}-{clock.now():%Y%m%d-%H%M%S}-{mode}"
    for number in range(1, 1000):
        run = stem if number == 1 else f"{stem}-{number}"
        folder = target.incidents / run
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise UsageError(f"Cannot make the folder {folder}: {error.strerror}.") from error
        return run, folder
    raise UsageError(f"There are a thousand runs named {stem} already.")


def find_run(incidents: Path, run: str, *, unfinished: bool = False) -> Path:
    """Find a run's folder by its id, its path, or ``latest``. Raises UsageError with near names.

    ``latest`` is the run whose journal was written last: a report of an old run that is written again does not make it
    the latest. With ``unfinished`` it is the latest that has not ended, if there is one. ``latest.REGION`` is a region
    of that one.
    """
    direct = Path(run)
    if (direct / FILE).is_file():
        return direct
    run = run.rstrip("/") or run  # as a shell completes the name of a folder
    known = [path.parent for path in sorted(incidents.glob(f"*/{FILE}"), key=_written)]
    if run == "latest" and known:
        newest_first = known[::-1]
        return next(filter(_goes_on, newest_first), known[-1]) if unfinished else known[-1]
    if run.startswith("latest.") and known:
        run = f"{find_run(incidents, 'latest', unfinished=unfinished).name}.{run.removeprefix('latest.')}"
    for folder in known:
        if folder.name == run:
            return folder
        if run.startswith(f"{folder.name}.") and (region := _region_of(folder, run)) is not None:
            return region
    from difflib import get_close_matches

    near = get_close_matches(run, [folder.name for folder in known], n=3, cutoff=0.3)
    names = ", ".join(near or [folder.name for folder in known[-3:]])
    hint = f"Did you mean: {names}?" if near else f"The newest: {names}." if names else "There is no run there at all."
    raise UsageError(f"There is no run '{run}' in {incidents}.", hint=hint)


def _written(journal: Path) -> tuple[float, str]:
    """When, and by the run's name where that is the same, as in a fresh checkout."""
    try:
        return journal.stat().st_mtime, journal.parent.name
    except OSError:  # removed meanwhile
        return 0.0, journal.parent.name


def _goes_on(folder: Path) -> bool:
    """Tell whether somebody can resume, cancel or answer a run."""
    from rollback_gov.execution.glance import glance

    seen = glance(folder, briefly=True)
    return seen.goes_on or seen.hears or seen.state in ("interrupted", "dead")


def whole_run(folder: Path) -> str:
    """Name the run of which this is the folder of one region; empty where it is no part of another."""
    parent = folder.resolve().parent
    return parent.parent.name if parent.name == REGIONS and (parent.parent / FILE).is_file() else ""


def _region_of(folder: Path, run: str) -> Path | None:
    """Find ``RUN.REGION``, one region of a run of several."""
    region = folder / REGIONS / run.removeprefix(f"{folder.name}.")
    return region if (region / FILE).is_file() else None


def unfinished_run(target: Target) -> str:
    """Name a run of this operation in this environment that has begun and not ended; empty when there is none.

    A journal that cannot be read counts as one: nobody knows how far it came.
    """
    operation = target.loaded.require().metadata.operation
    regions = {target.region, "", *(lane.region for lane in target.lanes if target.is_regional)}
    ours = {(operation, target.environment, region) for region in regions}
    for path in sorted(target.incidents.glob(f"{operation}-*/{FILE}"), reverse=True):
        try:
            events = read_journal(path)
        except JournalError:
            return path.parent.name
        started: Mapping[str, Any] = next((event.data for event in events if event.type == "run.started"), {})
        theirs = (started.get("operation"), started.get("environment"), started.get("region", ""))
        begun = any(event.type in ("step.intent", "region.started") for event in events)
        ended = any(event.type == "run.finished" for event in events)
        if theirs in ours and begun and not ended:
            return path.parent.name
    return ""


def damage_of(incidents: Path, run: str) -> tuple[str, ...]:
    """Say what is wrong with a run's journal, and what helps, a sentence each; nothing where it is whole or elsewhere.

    ``resume`` refuses such a journal: what it says may be false.
    """
    folder = incidents / run
    try:
        if (folder / FILE).exists():
            read_journal(folder / FILE)
    except JournalError as error:
        return (
            str(error),
            f"See where it is damaged: rollback-gov journal verify {quote(str(folder))}",
            f"Where the run had a mirror: mv {quote(str(folder / FILE))} {quote(f'{folder / FILE}.damaged')}, then "
            f"rollback-gov resume {run} --from-mirror ADDRESS",
            f"Where it had none: find out what it did ({folder}/outputs/ has what its steps printed), then begin anew.",
        )
    return ()
