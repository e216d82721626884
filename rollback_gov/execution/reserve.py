"""Room on the disk that belongs to a file before it is written: a disk that others fill leaves it alone.

The size of the file does not show it (``FALLOC_FL_KEEP_SIZE``), so no reader sees anything but what was written.
"""

from __future__ import annotations

import os

RESERVE = 4 * 1024 * 1024
"""Bytes that are asked for at once."""
LAST_WORDS = 64 * 1024
"""Bytes below which more is asked for. When none is given, this is what is left."""
_KEEP_SIZE = 1


class Reserve:
    """What is left at the end of an open file, as far as it is known."""

    def __init__(self, file: int) -> None:
        self._file = file
        self._until = 0
        self.is_low = False
        """The disk is full: only the last words are left, or not even those."""

    def cover(self, end: int) -> None:
        """See that there is room beyond ``end``. A file system that cannot give any changes nothing."""
        if self._until - end >= LAST_WORDS and not self.is_low:
            return
        for length in (RESERVE, LAST_WORDS):
            if allocate(self._file, end, length):
                self._until, self.is_low = end + length, length < RESERVE
                return
        self.is_low = self._until > 0

    def cut(self, end: int) -> None:
        """End the file at ``end``. Whatever was reserved beyond goes with it."""
        os.ftruncate(self._file, end)
        self._until = end

    def give_back(self) -> None:
        """Give the disk back what was not used."""
        self.cut(os.fstat(self._file).st_size)


def allocate(file: int, offset: int, length: int) -> bool:
    """Reserve bytes of a file and leave its size as it is. False where that cannot be had."""
    import ctypes  # five milliseconds, and only a process that writes a journal needs it

    try:
        fallocate = ctypes.CDLL(None).fallocate
    except (AttributeError, OSError):
        return False
    fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_long, ctypes.c_long)
    result: int = fallocate(file, _KEEP_SIZE, offset, length)
    return result == 0
