"""Output of a script on its way to the terminal and to the incident folder: masked, line by line, flat in memory."""

from __future__ import annotations

import codecs
from collections.abc import Callable
from pathlib import Path

from rollback_gov.execution.masking import Masker

CHUNK = 65_536
KEPT_BYTES = 10_485_760


class OutputStream:
    """Follows one raw file and passes on what is new. ``kept`` gets at most 10 MiB, and says so when there was more."""

    def __init__(self, raw: Path, kept: Path, masker: Masker, show: Callable[[str], None]) -> None:
        self._raw = raw
        self._offset = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._pending = ""
        self._masker = masker
        self._show = show
        self._room = KEPT_BYTES
        self._kept = kept
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(b"")

    def pump(self, *, final: bool = False) -> None:
        """Pass on all that was written since the last call; with ``final`` also a last line without an end."""
        with self._raw.open("rb") as file:
            file.seek(self._offset)
            while chunk := file.read(CHUNK):
                self._offset += len(chunk)
                self._take(self._decoder.decode(chunk))
        if final:
            self._take(self._decoder.decode(b"", final=True))
            self._emit(self._pending)
            self._pending = ""

    def _take(self, text: str) -> None:
        self._pending += text
        cut = self._pending.rfind("\n") + 1
        if not cut and len(self._pending) > CHUNK:
            cut = self._masker.safe_cut(self._pending)
        if cut:
            self._emit(self._pending[:cut])
            self._pending = self._pending[cut:]

    def _emit(self, text: str) -> None:
        if not text:
            return
        masked = self._masker.text(text)
        self._show(masked)
        data = masked.encode("utf-8", "replace")
        if self._room <= 0:
            return
        with self._kept.open("ab") as file:
            file.write(data[: self._room])
            if len(data) > self._room:
                file.write(b"\n[rollback-gov: output beyond 10 MiB is not kept]\n")
        self._room -= len(data)
