"""Output of a script on its way to the terminal and to the incident folder: masked, line by line, flat in memory."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from rollback_gov.execution.masking import MaskedText, Masker

CHUNK = 65_536
AT_ONCE = 16
"""Chunks between two looks at the deadline: a script may print faster than we can read."""
KEPT_BYTES = 10_485_760
_MORE = "\n[rollback-gov: output beyond 10 MiB is neither shown nor kept]\n"


class OutputStream:
    """Follows one raw file and passes on what is new: at most 10 MiB, with a notice when there was more.

    There is no file ``kept`` for a script that prints nothing. A full disk ends what is kept, never the script. What a
    script does to its raw file is its own harm.
    """

    def __init__(
        self, raw: Path, kept: Path, masker: Masker, show: Callable[[str], None], *, append: bool = False
    ) -> None:
        self._raw = _open(raw)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = MaskedText(masker)
        self._show = show
        self._room = KEPT_BYTES
        self._kept: Path | None = kept
        with suppress(OSError):
            if append:
                self._room -= kept.stat().st_size
            else:
                os.truncate(kept, 0)

    def pump(self, *, final: bool = False) -> None:
        """Pass on a MiB of what is new; with ``final`` all of it, and a last line without an end."""
        turns = 0
        while self._room >= 0 and (final or turns < AT_ONCE) and (chunk := self._raw.read(CHUNK)):
            self._emit(self._text.take(self._decoder.decode(chunk)))
            turns += 1
        if final:
            self._emit(self._text.take(self._decoder.decode(b"", final=True)) + self._text.end())

    def head(self, size: int) -> str:
        """Give the first bytes of the raw output as text, not masked."""
        self._raw.seek(0)
        return self._raw.read(size).decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of the raw file."""
        self._raw.close()

    def _emit(self, masked: str) -> None:
        if not masked or self._room < 0:
            return
        data = masked.encode("utf-8", "replace")
        if len(data) > self._room:
            data = data[: self._room] + _MORE.encode()
        self._room -= len(data)
        self._show(data.decode("utf-8", "ignore"))
        self._keep(data)

    def _keep(self, data: bytes) -> None:
        if self._kept is None:
            return
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            with self._kept.open("ab") as file:
                file.write(data)
        except OSError as error:
            self._kept = None
            self._show(f"\n[rollback-gov: the output is not kept any more: {error.strerror}]\n")


def _open(raw: Path) -> BinaryIO:
    try:
        return raw.open("rb")
    except OSError:
        return io.BytesIO()
