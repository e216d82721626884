"""What can be wrong with a record."""

from __future__ import annotations

from typing import NamedTuple

from rollback_gov.model.errors import RollbackGovError
from rollback_gov.records.text import one_line


class RecordError(RollbackGovError):
    """A record cannot be read, or does not count. The message may quote it, and is safe to print."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class TooLargeError(RecordError):
    """The file is larger than any record."""


class DuplicateKeyError(RecordError):
    """A key stands twice in the JSON, and readers differ about which counts."""


class PayloadTypeError(RecordError):
    """The envelope holds something else than an in-toto statement."""


class PredicateError(RecordError):
    """The statement says something else than what was asked for, or says it about something else."""


class SchemaError(RecordError):
    """The predicate does not fit its schema."""


class Unreadable(NamedTuple):
    """A file that lies where records lie and does not count, with the reason in one sentence.

    ``sha256`` is the record's identity where it has one.
    """

    file: str
    reason: str
    sha256: str = ""
