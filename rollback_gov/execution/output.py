"""Output of a script on its way to the terminal and to the incident folder: masked, line by line, flat in memory."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

from rollback_gov.execution.masking import MaskedText, Masker

CHUNK = 65_536
AT_ONCE = 16
"""Chunks between two looks at the deadline: a script may print faster than we can read."""
KEPT_BYTES = 10_485_760
RAW_BYTES = 16_777_216
"""What a script may have on disk beside what is kept: more of it is never read, so it is cut off."""
_MORE = "\n[rollback-gov: output beyond 10 MiB is neither shown nor kept]\n"


class OutputStream:
    """Follows one raw file and passes on what is new: at most 10 MiB, with a notice when there was more.

    There is no file ``kept`` for a script that prints nothing. A full disk ends what is kept, never the script, and at
    the end all is kept that fits by then. What a script does to its raw file is its own harm.

    The raw file is cut back to ``raw_limit`` bytes again and again, so that a script that prints for ever does not fill
    the disk. It is written by appending only, so the script notices nothing. None: it is kept whole.
    """

    def __init__(
        self,
        raw: Path,
        kept: Path,
        masker: Masker,
        show: Callable[[str], None],
        *,
        append: bool = False,
        raw_limit: int | None = RAW_BYTES,
    ) -> None:
        self._path = raw
        self._masker = masker
        self._limit = raw_limit
        self._raw = _open(raw)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = MaskedText(masker)
        self._show = show
        self._room = KEPT_BYTES
        self._kept = kept
        self._lacks = ""
        """Why something is not kept; empty while all is."""
        with suppress(OSError):
            if append:
                self._room -= kept.stat().st_size
            else:
                os.truncate(kept, 0)
        self._before = KEPT_BYTES - self._room

    def pump(self, *, final: bool = False) -> bool:
        """Pass on a MiB of what is new; with ``final`` all of it, and a last line without an end.

        True: more came than is ever read, so it is worth looking again soon.
        """
        flooded = self._pump(final=final)
        if final and self._lacks and self._path.exists():
            self._keep_anew()
        return flooded

    def _pump(self, *, final: bool) -> bool:
        turns = 0
        while self._room >= 0 and (final or turns < AT_ONCE) and (chunk := self._raw.read(self._readable())):
            self._emit(self._text.take(self._decoder.decode(chunk)))
            turns += 1
        flooded = self._cut()
        if flooded and not self._readable():
            self._overflow()
        elif final:
            self._emit(self._text.take(self._decoder.decode(b"", final=True)) + self._text.end())
        return flooded

    def _readable(self) -> int:
        """Bytes to read now. What stands behind the limit was cut somewhere, perhaps in the middle of a secret."""
        return CHUNK if self._limit is None else min(CHUNK, max(self._limit - self._raw.tell(), 0))

    def _cut(self) -> bool:
        try:
            flooded = self._limit is not None and self._path.stat().st_size > self._limit
            if flooded:
                os.truncate(self._path, self._limit or 0)
        except OSError:
            return False
        return flooded

    def _overflow(self) -> None:
        if self._room >= 0:
            self._room = -1
            self._show(_MORE)
            self._keep(_MORE.encode())

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
        if self._lacks:
            return
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            with self._kept.open("ab") as file:
                file.write(data)
        except OSError as error:
            self._lacks = str(error.strerror)
            self._show(f"\n[rollback-gov: the output is not kept any more: {self._lacks}]\n")

    def _keep_anew(self) -> None:
        """Write all of it once more, from the raw output: there may be room by now. What is kept stays until then."""
        part = self._kept.with_name(f"{self._kept.name}.anew")
        try:
            self._kept.parent.mkdir(parents=True, exist_ok=True)
            part.write_bytes(self._of_before())
            if self._copy_to(part):
                part.replace(self._kept)
                self._lacks = ""
                self._show("\n[rollback-gov: there is room again, and all of the output is kept]\n")
        except OSError:
            return
        finally:
            with suppress(OSError):
                part.unlink()

    def _of_before(self) -> bytes:
        """What was kept before this stream began, by an earlier try of the same step."""
        if not self._before:
            return b""
        with self._kept.open("rb") as file:
            return file.read(self._before)

    def _copy_to(self, part: Path) -> bool:
        anew = OutputStream(self._path, part, self._masker, lambda _: None, append=True, raw_limit=self._limit)
        with closing(anew):
            anew._pump(final=True)
        return not anew._lacks


def _open(raw: Path) -> BinaryIO:
    try:
        return raw.open("rb")
    except OSError:
        return io.BytesIO()
