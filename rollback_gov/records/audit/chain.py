"""Checking a log: that each line follows from the one before, and that it still says what a checkpoint saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from rollback_gov.model.record import Record
from rollback_gov.records.audit.entry import Entry, Head, after, entry_in, parse
from rollback_gov.records.errors import RecordError

LONGEST = 1_048_576
"""Bytes of one line."""


class Fault(StrEnum):
    """What is wrong with a log, in a word."""

    NO_ENTRY = "log-no-entry"
    CHANGED = "log-changed"
    """A line before this one is not what it was."""
    MOVED = "log-moved"
    """A line is not at its number: one before it was added, removed or moved."""
    TORN = "log-torn"
    TOO_LONG = "log-too-long"
    TRUNCATED = "log-truncated"
    """A checkpoint saw more entries."""
    REWRITTEN = "log-rewritten"
    """A checkpoint saw others."""


class Problem(NamedTuple):
    """What is wrong, and the sentence that says where."""

    code: Fault
    message: str

    def __str__(self) -> str:
        return self.message


class ChainError(RecordError):
    """The log is broken here; ``code`` says in a word how."""

    def __init__(self, code: Fault, message: str) -> None:
        super().__init__(message)
        self.code = code


class Checkpoint(NamedTuple):
    """A head that somebody saw, and where that is written."""

    head: Head
    source: str


class Checked(Record):
    """What came of checking a log. With no ``problems`` the log is whole."""

    head: Head
    problems: tuple[Problem, ...]
    confirmed: tuple[str, ...]
    """The sources of the checkpoints that the log still holds."""


def lines_of(blocks: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Cut blocks into lines, without line feeds. Raises ChainError for a last line without one, or an endless one."""
    rest, number = b"", 1
    for block in blocks:
        *whole, rest = (rest + block).split(b"\n")
        yield from whole
        number += len(whole)
        if len(rest) > LONGEST:
            what = f"{name}:{number}: the line is longer than {LONGEST // 1_048_576} MiB."
            raise ChainError(Fault.TOO_LONG, what)
    if rest:
        what = f"{name}:{number}: the last line has no end: writing it was cut off, or its end was cut."
        raise ChainError(Fault.TORN, what)


def entries(blocks: Iterable[bytes], name: str) -> Iterator[tuple[Entry, Head]]:
    """Give each entry with the head after it. Raises RecordError, with the line's number, where the chain breaks."""
    return ((entry_in(fields), head) for fields, head in _links(blocks, name))


def _links(blocks: Iterable[bytes], name: str) -> Iterator[tuple[dict[str, Any], Head]]:
    """Follow the chain line by line. No record is made of a line: that would cost more than reading and hashing it."""
    head = Head()
    for number, line in enumerate(lines_of(blocks, name), 1):
        fields = parse(line, f"{name}:{number}")
        if fields["number"] != number:
            what = (
                f"{name}:{number}: the chain is broken: the line is not at its number; one was added, removed or moved."
            )
            raise ChainError(Fault.MOVED, what)
        if fields["previous"] != head.digest:
            raise ChainError(Fault.CHANGED, f"{name}:{number}: the chain is broken: the line before it was changed.")
        head = after(head, line)
        yield fields, head


def check(blocks: Iterable[bytes], checkpoints: Iterable[Checkpoint], name: str) -> Checked:
    """Check the chain and every checkpoint. Memory stays flat, however long the log is.

    The chain alone shows that a line was changed, removed or added. That the end was cut off, or that everything was
    written anew, only somebody sees who knows an earlier head.
    """
    wanted: dict[int, list[Checkpoint]] = {}
    for checkpoint in checkpoints:
        wanted.setdefault(checkpoint.head.size, []).append(checkpoint)
    head, problems, confirmed = Head(), list[Problem](), list[str]()
    _compare(head, wanted, problems, confirmed)
    try:
        for _, head in _links(blocks, name):
            if head.size in wanted:
                _compare(head, wanted, problems, confirmed)
    except RecordError as error:
        problems.append(Problem(error.code if isinstance(error, ChainError) else Fault.NO_ENTRY, str(error)))
    else:
        problems.extend(_cut(head, wanted, name))
    return Checked(head=head, problems=tuple(problems), confirmed=tuple(confirmed))


def _compare(head: Head, wanted: dict[int, list[Checkpoint]], problems: list[Problem], confirmed: list[str]) -> None:
    for checkpoint in wanted.pop(head.size, ()):
        if checkpoint.head.digest == head.digest:
            confirmed.append(checkpoint.source)
        else:
            what = (
                f"The first {head.size} entries are not those that {checkpoint.source} saw: the log was written anew."
            )
            problems.append(Problem(Fault.REWRITTEN, what))


def _cut(head: Head, wanted: dict[int, list[Checkpoint]], name: str) -> Iterator[Problem]:
    for size in sorted(wanted):
        for checkpoint in wanted[size]:
            what = f"{name} ends after {head.size} entries, and {checkpoint.source} saw {size}: its end was cut off."
            yield Problem(Fault.TRUNCATED, what)
