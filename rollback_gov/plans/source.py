"""Reading a file's text once, with the limits that hostile input meets first."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from functools import cached_property
from pathlib import Path

from rollback_gov.model.finding import Place
from rollback_gov.model.record import Record
from rollback_gov.plans.files import open_regular
from rollback_gov.plans.problem import DocumentError

LINE_END = re.compile("\r\n|\r|\n")


class Size(Record):
    """How large a document may be: bytes of its text, and values once its aliases are expanded."""

    bytes: int
    values: int


DOCUMENT = Size(bytes=1_048_576, values=50_000)
"""Of what people write: plans, policies."""
REGISTER = Size(bytes=16 * 1_048_576, values=1_000_000)
"""Of a list of what was decided about all plans of a repository."""


class Source(Record, kw_only=False):
    """The text of one file and the name that messages use for it."""

    name: str
    text: str
    size: Size = DOCUMENT

    @cached_property
    def lines(self) -> list[str]:
        """The text line by line, without line ends."""
        return LINE_END.split(self.text)


def read_source(path: Path, *, name: str = "", size: Size = DOCUMENT) -> Source:
    """Read a text file of at most that size in UTF-8. Raises DocumentError RG001, at the first bad byte."""
    shown = name or str(path)
    try:
        with open_regular(path) as file:
            raw = file.read(size.bytes + 1)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DocumentError(
            "RG001",
            f"Cannot read the file: {reason}.",
            Place(shown),
            hint="Check the path and the permissions.",
        ) from error
    return source_of(raw, shown, size)


def source_of(raw: bytes, name: str, size: Size = DOCUMENT) -> Source:
    """Give the text of a file that is in memory already. Raises DocumentError RG001, at the first bad byte."""
    return Source(name, _decode(raw, name, size), size)


def _decode(raw: bytes, shown: str, size: Size) -> str:
    if len(raw) > size.bytes:
        raise DocumentError(
            "RG001",
            f"The file is larger than {size.bytes // 1_048_576} MiB.",
            Place(shown),
            hint="A plan is a document for people: move data and long scripts to files and name them under `uses`.",
        )
    start = len(BOM_UTF8) if raw.startswith(BOM_UTF8) else 0
    try:
        text = raw[start:].decode("utf-8")
    except UnicodeDecodeError as error:
        bad = start + error.start
        before = raw[:bad]
        raise DocumentError(
            "RG001",
            f"The file is not UTF-8 text: byte 0x{raw[bad]:02x} at offset {bad}.",
            Place(shown, before.count(b"\n") + 1, bad - before.rfind(b"\n")),
            hint="Save it as UTF-8.",
        ) from error
    if not text.strip():
        raise DocumentError(
            "RG001", "The file is empty.", Place(shown), hint="Write the plan; README.md shows a whole one."
        )
    return text
