"""Files that are written for the first time: whole or not at all, and never in the place of another."""

from __future__ import annotations

import os
from pathlib import Path


def write_new(path: Path, text: str) -> None:
    """Write a text into a file that is not there yet; whoever is killed meanwhile leaves no half of it under that name.

    Raises FileExistsError, with the name of the file, where something has the name; OSError.
    """
    part = path.with_name(f".{path.name[:100]}.{os.urandom(8).hex()}.part")
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        try:
            path.hardlink_to(part)  # unlike renaming, it never takes a name that something has
        except FileExistsError as error:
            raise FileExistsError(error.errno, error.strerror, os.fspath(path)) from error
        except OSError:  # a file system without links
            with path.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    finally:
        part.unlink(missing_ok=True)
