"""A run that is open: its surroundings and its journal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from rollback_gov.commands.audit_run import AuditListener
from rollback_gov.commands.surroundings import open_surroundings, values_of
from rollback_gov.commands.target import Target
from rollback_gov.commands.world import World
from rollback_gov.execution.console import SafeConsole
from rollback_gov.execution.context import Context
from rollback_gov.execution.heard import listen, listen_from_now
from rollback_gov.execution.inbox import Cancel
from rollback_gov.execution.journal import Journal, JournalError
from rollback_gov.execution.store import Store
from rollback_gov.execution.updates import Updates


@contextmanager
def open_context(
    target: Target, world: World, *, run: str, folder: Path, store: Store | None = None
) -> Iterator[tuple[Context, Journal]]:
    """Put together a run's surroundings, and open its journal (in ``store``); close everything at the end."""
    from rollback_gov.commands.journal import open_journal, warn

    with ExitStack() as stack:
        stack.callback(_forget, folder)
        values = values_of(target, world)
        console = SafeConsole(world.console, world.masker.text)
        opening = open_journal(target, world, folder, run=run, console=console, masker=world.masker, store=store)
        journal = stack.enter_context(opening)
        journal.fence = world.fence or journal.fence
        listen(journal, world.stop.follow(), world.hear)
        listen_from_now(journal, _audit_listener(target, world, run, partial(warn, journal, console)))
        stack.enter_context(world.stop.listening(folder, lambda cancel: note_cancel(journal, cancel)))
        stack.callback(_report_last_messages, journal, folder)
        surroundings = open_surroundings(
            target, world, values, run=run, folder=folder, record=journal.append, told=_escalated_to(journal)
        )
        context = stack.enter_context(surroundings)
        updates = Updates(context, journal)
        yield replace(context, notify=updates.tell, tick=updates.tick), journal


def _escalated_to(journal: Journal) -> tuple[str, ...]:
    """Channels that a process before this one has escalated to: they hear how it ends."""
    told = (event.data for event in journal.events if event.type == "message.sent")
    return tuple(dict.fromkeys(data["channel"] for data in told if data["event"] == "escalated"))


def _forget(folder: Path) -> None:
    """Take away the folder of a run that wrote nothing, because of a parameter or a mirror that is none."""
    with suppress(OSError):
        folder.rmdir()


def _audit_listener(target: Target, world: World, run: str, told: Callable[[str], None]) -> AuditListener:
    """Write what is decided in a run into the audit log of the plan's repository."""
    from rollback_gov.commands.audit import Trail

    trail = Trail(root=target.workspace.root, environ=world.environ)
    operation = target.loaded.require().metadata.operation
    return AuditListener(trail, run=run, operation=operation, person=world.person, warn=told)


def _report_last_messages(journal: Journal, folder: Path) -> None:
    """What became of the last messages is known only when their channels are closed, after the report was written."""
    from rollback_gov.commands.report import REPORT, write_incident

    if journal.events and journal.events[-1].type == "message.sent" and (folder / REPORT).exists():
        with suppress(Exception):  # the report that is there stays
            write_incident(folder)


def note_cancel(journal: Journal, cancel: Cancel) -> None:
    """Write down who wants the run to end. It ends all the same when the disk is full."""
    with suppress(JournalError):
        journal.append("cancel.requested", {"by": cancel.by, "reason": cancel.reason, "after_step": cancel.after_step})
