"""Whether the audit log is still what everybody saw."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from rollback_gov.commands.audit import Trail
from rollback_gov.commands.break_glass_trail import Gone, gone
from rollback_gov.commands.workspace import Workspace
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.records.audit.chain import Checked, Checkpoint, Fault, Problem, check
from rollback_gov.records.audit.checkpoint import open_checkpoint, parse_head
from rollback_gov.records.audit.entry import Head
from rollback_gov.records.audit.log import Log, LostError
from rollback_gov.records.errors import RecordError
from rollback_gov.records.statement import SUFFIX, records
from rollback_gov.records.trust import Keyring
from rollback_gov.records.verdict import PERMITS

_PASSED_OVER = frozenset(("node_modules", "incidents"))


class Verified(Record):
    """What came of verifying a log. ``passed_over`` says which checkpoints do not count, and why.

    ``gone`` is what the log tells of and the repository does not have any more.
    """

    name: str
    checked: Checked
    waiting: int
    passed_over: tuple[str, ...]
    gone: tuple[Gone, ...] = ()


def verify(trail: Trail, workspace: Workspace, against: Sequence[str], *, offline: bool) -> Verified:
    """Check the log's chain, and that it still holds what every permit and checkpoint of the repository saw.

    ``against`` names more of them: ``SIZE:DIGEST``, or a file. Raises LogError, and UsageError for one that is neither.
    """
    keyring = Keyring(workspace.trust)
    given = [_given(text, keyring) for text in against]
    found, passed_over = _found(trail, keyring)
    log = trail.log(offline=offline)
    checked = _checked(log, (*given, *found))
    return Verified(
        name=log.name,
        checked=checked,
        waiting=len(trail.spool.waiting()),
        passed_over=tuple(passed_over),
        gone=() if checked.problems else tuple(gone(trail, workspace)),
    )


def _checked(log: Log, checkpoints: Sequence[Checkpoint]) -> Checked:
    """Check a log; that it lacks what this clone has seen is what is wrong with it."""
    try:
        return check(log.blocks(), checkpoints, log.name)
    except LostError as error:
        return Checked(head=Head(), problems=(Problem(Fault.REWRITTEN, f"{error} {error.hint}"),), confirmed=())


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
    for path in (*records(trail.folder / "checkpoints"), *permits_in(trail.root)):
        try:
            found.append(open_checkpoint(path, keyring))
        except RecordError as error:
            passed_over.append(str(error))
    return [one for one in found if one.head.size], passed_over


def permits_in(root: Path) -> Iterator[Path]:
    """Find every permit of the repository."""
    for folder, below, files in os.walk(root):
        below[:] = sorted(name for name in below if not name.startswith(".") and name not in _PASSED_OVER)
        if Path(folder).name == PERMITS:
            yield from (Path(folder, name) for name in sorted(files) if name.endswith(SUFFIX))
