"""The audit log of a repository: where it is, and what is written to it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rollback_gov.commands.repository import git_folder, main_remote, remotes, tip_of
from rollback_gov.commands.settings import FOLDER
from rollback_gov.model.errors import RollbackGovError, UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.audit.entry import BRANCH, EVENTS, Entry, Head
from rollback_gov.records.audit.spool import Sent, Spool
from rollback_gov.records.text import record_line
from rollback_gov.records.times import stamp

if TYPE_CHECKING:
    from rollback_gov.records.audit.log import Log


NOTHING: tuple[Any, ...] = ("", None, [], {})
"""What is left out of an entry."""
_HEADS: dict[str, Head] = {}
"""The log's head at the commit that was seen last."""


class Trail(Record):
    """The audit log of the repository around ``root``, and what waits to be written to it."""

    root: Path
    environ: Mapping[str, str]
    sleep: Callable[[float], None] = lambda _: None
    seconds: float | None = None
    """How long one command of git may take, if not as long as usual."""

    @property
    def folder(self) -> Path:
        """Where checkpoints lie, and the log itself outside of git."""
        return self.root / FOLDER / "audit"

    @property
    def spool(self) -> Spool:
        """Where entries wait: beside git's objects, where nobody commits them by mistake."""
        git = git_folder(self.root)
        return Spool(git / "rollback-gov" / "audit" if git else self.folder / "spool")

    @property
    def is_there(self) -> bool:
        """This clone has seen a log. Runs nothing."""
        git = git_folder(self.root)
        return (self.folder / "log.jsonl").exists() if git is None else self._tip(git) != ""

    def log(self, *, offline: bool = False) -> Log:
        """Give the log: a branch where there is a git repository, else a file. ``offline``: as this clone saw it."""
        if git_folder(self.root) is None:
            from rollback_gov.records.audit.log import FileLog

            return FileLog(self.folder)
        from rollback_gov.records.audit.branch import BranchLog

        return BranchLog(self.root, self.environ, offline=offline, sleep=self.sleep, seconds=self.seconds)

    def record(
        self,
        event: str,
        *,
        operation: str,
        by: str,
        now: datetime,
        data: Mapping[str, Any],
        identity: str = "",
        durably: bool = True,
    ) -> str:
        """Keep an entry of one of ``EVENTS``, and say in a sentence why it could not be kept; empty where it was.

        It waits in the spool: neither a run nor a gate waits for a network. ``identity`` (16 hexadecimal digits) is
        random unless given. What is empty in ``data`` is left out.
        """
        assert event in EVENTS, event
        entry = Entry(
            at=stamp(now),
            by=record_line(by),
            event=event,
            operation=operation,
            data={name: _told(value) for name, value in data.items() if value not in NOTHING},
            id=identity or os.urandom(8).hex(),
        )
        try:
            self.spool.add(entry, durably=durably)
        except OSError as error:
            return f"The audit log lacks '{event}': {self.spool.folder} cannot be written ({error.strerror})."
        return ""

    def send(self) -> Sent:
        """Write what waits into the log. Raises LogError, RecordError, UsageError."""
        try:
            return self.spool.send(self.log())
        except OSError as error:
            raise UsageError(f"Cannot write {self.spool.folder}: {error.strerror}.") from error

    def seen(self) -> Head:
        """Give the log's head as this clone saw it last, asking no remote; that of an empty log where git cannot tell.

        A run writes it into its journal, and so into its report. git is run once a commit: a watch asks long before a
        rollback that waits for the answer.
        """
        git = git_folder(self.root)
        tip = self._tip(git) if git else None
        if tip == "":
            return Head()
        if tip is not None and tip in _HEADS:
            return _HEADS[tip]
        with suppress(RollbackGovError):
            head = self.log(offline=True).head()
            if tip is not None and git is not None and tip == self._tip(git):
                _HEADS.clear()
                _HEADS[tip] = head
            return head
        return Head()

    def _tip(self, git: Path) -> str | None:
        """Give the commit at the log's end, as ``tip_of`` does. A plain clone has it as its remote's branch only."""
        tip = tip_of(git, f"refs/heads/{BRANCH}")
        if tip != "":
            return tip
        remote = main_remote(remotes(self.root))
        return tip_of(git, f"refs/remotes/{remote}/{BRANCH}") if remote else ""

    def settle(self, since: int) -> None:
        """See entries on the disk that were kept in a hurry, those since a time (nanoseconds since the epoch)."""
        with suppress(OSError):  # they are kept all the same, and a power cut is needed to take them
            self.spool.settle(since)

    def entries(self, *, offline: bool = False) -> Iterator[tuple[Entry, Head]]:
        """Give each entry with the head after it, checked on the way. Raises LogError, RecordError."""
        from rollback_gov.records.audit.chain import entries

        log = self.log(offline=offline)
        return entries(log.blocks(), log.name)

    def about(self, *prefixes: str) -> Iterator[Entry]:
        """Give entries whose event begins in one of these ways, as this clone saw the log last, then those that wait.

        Only their lines are read, and the chain is not checked. Raises LogError, RecordError.
        """
        from rollback_gov.records.audit.chain import lines_of
        from rollback_gov.records.audit.entry import entry_in, parse

        begins = [f'"event":"{prefix}'.encode() for prefix in prefixes]
        if self.is_there:
            log = self.log(offline=True)
            for line in lines_of(log.blocks(), log.name):
                if any(beginning in line for beginning in begins):
                    found = entry_in(parse(line, log.name))
                    if found.event.startswith(prefixes):  # in a line's data may stand the same
                        yield found
        yield from (entry for entry in self.spool.entries() if entry.event.startswith(prefixes))


def _told(value: Any) -> Any:
    """Give a value of an entry as JSON can hold it: bytes of a command line that are no text are told as such."""
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {name: _told(each) for name, each in value.items()}
    return [_told(each) for each in value] if isinstance(value, list | tuple) else value
