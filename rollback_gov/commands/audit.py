"""The audit log of a repository: where it is, what is written to it, and whether it is still what was seen."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

from rollback_gov.commands.repository import git_folder
from rollback_gov.commands.settings import FOLDER
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.audit.chain import Checked, Checkpoint, check, entries
from rollback_gov.records.audit.checkpoint import open_checkpoint, parse_head
from rollback_gov.records.audit.entry import Entry, Head
from rollback_gov.records.audit.log import FileLog, Log
from rollback_gov.records.audit.spool import Sent, Spool
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import SUFFIX, records
from rollback_gov.records.times import stamp
from rollback_gov.records.trust import Keyring
from rollback_gov.records.verdict import PERMITS

_PASSED_OVER = frozenset(("node_modules", "incidents"))


class Trail(Record):
    """The audit log of the repository around ``root``, and what waits to be written to it."""

    root: Path
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = lambda _: None

    @property
    def folder(self) -> Path:
        """Where checkpoints lie, and the log itself outside of git."""
        return self.root / FOLDER / "audit"

    @property
    def spool(self) -> Spool:
        """Where entries wait: beside git's objects, where nobody commits them by mistake."""
        git = git_folder(self.root)
        return Spool(git / "rollback-gov" / "audit" if git else self.folder / "spool")

    def log(self, *, offline: bool = False) -> Log:
        """Give the log: a branch where there is a git repository, else a file. ``offline``: as this clone saw it."""
        if git_folder(self.root) is None:
            return FileLog(self.folder)
        from rollback_gov.records.audit.branch import BranchLog

        return BranchLog(self.root, self.environ, offline=offline, sleep=self.sleep)

    def record(self, event: str, *, operation: str, by: str, now: datetime, data: Mapping[str, Any]) -> str:
        """Keep an entry, and say in a sentence why it could not be kept; empty where it was.

        It waits in the spool: neither a run nor a gate waits for a network.
        """
        entry = Entry(at=stamp(now), by=by, event=event, operation=operation, data=data, id=token_hex(8))
        try:
            self.spool.add(entry)
        except OSError as error:
            return f"The audit log lacks '{event}': {self.spool.folder} cannot be written ({error.strerror})."
        return ""

    def send(self) -> Sent:
        """Write what waits into the log. Raises LogError, RecordError, UsageError."""
        try:
            return self.spool.send(self.log())
        except OSError as error:
            raise UsageError(f"Cannot write {self.spool.folder}: {error.strerror}.") from error

    def entries(self, *, offline: bool = False) -> Iterator[tuple[Entry, Head]]:
        """Give each entry with the head after it, checked on the way. Raises LogError, RecordError."""
        log = self.log(offline=offline)
        return entries(log.blocks(), log.name)


class Verified(Record):
    """What came of verifying a log. ``passed_over`` says which checkpoints do not count, and why."""

    name: str
    checked: Checked
    waiting: int
    passed_over: tuple[str, ...]


def verify(trail: Trail, workspace: Workspace, against: Sequence[str], *, offline: bool) -> Verified:
    """Check the log's chain, and that it still holds what every permit and checkpoint of the repository saw.

    ``against`` names more of them: ``SIZE:DIGEST``, or a file. Raises LogError, and UsageError for one that is neither.
    """
    keyring = Keyring(workspace.trust)
    given = [_given(text, keyring) for text in against]
    found, passed_over = _found(trail, keyring)
    log = trail.log(offline=offline)
    checked = check(log.blocks(), (*given, *found), log.name)
    return Verified(name=log.name, checked=checked, waiting=len(trail.spool.waiting()), passed_over=tuple(passed_over))


def _given(text: str, keyring: Keyring) -> Checkpoint:
    head = parse_head(text)
    if head:
        return Checkpoint(head, "the head that was given")
    try:
        return open_checkpoint(Path(text), keyring)
    except RecordError as error:
        raise UsageError(
            f"'{text}' is no checkpoint: {error}", hint="Give SIZE:DIGEST, or the file of a checkpoint or a permit."
        ) from error


def _found(trail: Trail, keyring: Keyring) -> tuple[list[Checkpoint], list[str]]:
    """Read the checkpoints that lie in the repository. One that does not count is no evidence of anything."""
    found, passed_over = [], []
    for path in (*records(trail.folder / "checkpoints"), *_permits(trail.root)):
        try:
            found.append(open_checkpoint(path, keyring))
        except RecordError as error:
            passed_over.append(str(error))
    return [one for one in found if one.head.size], passed_over


def _permits(root: Path) -> Iterator[Path]:
    """Find every permit of the repository."""
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _PASSED_OVER)
        if Path(folder).name == PERMITS:
            yield from (Path(folder, name) for name in sorted(files) if name.endswith(SUFFIX))
