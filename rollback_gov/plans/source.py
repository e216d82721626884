"""Reading a file's text once, with the limits that hostile input meets first."""

from __future__ import annotations

import re
from functools import cached_property
from pathlib import Path

from rollback_gov.model.finding import Place
from rollback_gov.model.record import Record
from rollback_gov.plans.files import open_regular
from rollback_gov.plans.problem import DocumentError

MAX_BYTES = 1_048_576
LINE_END = re.compile("\r\n|\r|\n")


class Source(Record, kw_only=False):
    """The text of one file and the name that messages use for it."""

    name: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        """The text line by line, without line ends."""
        return LINE_END.split(self.text)


def read_source(path: Path, *, name: str = "") -> Source:
    """Read a text file of at most 1 MiB in UTF-8. Raises DocumentError RG001, at the first bad byte."""
    shown = name or str(path)
    try:
        with open_regular(path) as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(
            "RG001",
            f"Cannot read the file: {reason}.",
            Place(shown),
            hint="Check the path and the permissions.",
        ) from error
    return source_of(raw, shown)


def source_of(raw: bytes, name: str) -> Source:
    """Give the text of a file that is in memory already. Raises DocumentError RG001, at the first bad byte."""
    return Source(name, _decode(raw, name))


def _decode(raw: bytes, shown: str) -> str:
    if len(raw) > MAX_BYTES:
        raise DocumentError(
            "RG001",
            "The file is larger than 1 MiB.",
            Place(shown),
            hint="A plan is a document for people: move data and long scripts to files and name them under `uses`.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        raise DocumentError(
            "RG001",
            f"The file is not UTF-8 text: byte 0x{raw[error.start]:02x} at offset {error.start}.",
            Place(shown, before.count(b"\n") + 1, error.start - before.rfind(b"\n")),
            hint="Save it as UTF-8.",
        ) from error
    if not text.strip():
        raise DocumentError(
            "RG001", "The file is empty.", Place(shown), hint="Write the plan; README.md shows a whole one."
        )
    return text
