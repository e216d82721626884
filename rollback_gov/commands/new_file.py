"""Files that are written for the first time: whole or not at all, and never in the place of another."""

from __future__ import annotations

import os
from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a text into a file that is not there yet; whoever is killed meanwhile leaves no half of it under that name.

    Raises FileExistsError, with the name of the file, where something has the name; OSError.
    """
    part = path.with_name(f".{os.urandom(8).hex()}.part")  # short: the name itself may be as long as names can be
    try:
        _write(part, text)
        try:
            path.hardlink_to(part)  # unlike renaming, it never takes a name that something has
        except FileExistsError as error:
            raise FileExistsError(error.errno, error.strerror, os.fspath(path)) from error
        except OSError:  # a file system without links
            _write(path, text)
    finally:
        part.unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    """Write a file that is not there yet; where that fails, take away what was begun."""
    file = path.open("x", encoding="utf-8", newline="\n")
    try:
        with file:
            file.write(text)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
