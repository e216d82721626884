"""Shell scripts that this machine has and nobody here wrote."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOTS = ("/etc", "/usr/bin", "/usr/sbin", "/usr/share", "/usr/lib")
LARGEST = 200_000
_SHELLS = (b"/sh", b"/bash", b"/dash", b"env sh", b"env bash")


@cache
def real_scripts(most: int) -> dict[str, str]:
    """Give the texts of so many of them, by their paths. Equal texts are taken once."""
    found: dict[str, str] = {}
    texts: set[str] = set()
    for path in _files():
        text = read_if_script(path)
        if text and text not in texts:
            texts.add(text)
            found[str(path)] = text
            if len(found) == most:
                break
    return found


def _files() -> Iterator[Path]:
    for root in ROOTS:
        for folder, _, names in sorted(os.walk(root)):
            yield from (Path(folder, name) for name in sorted(names))


def read_if_script(path: Path) -> str:
    """Read a file if it is a shell script; empty if it is not."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
            return ""
        with path.open("rb") as file:
            head = file.read(64)
            first = head.split(b"\n")[0].strip()
            if not head.startswith(b"#!") or not (first.split()[0][2:] or first).endswith(_SHELLS):
                return ""
            return (head + file.read()).decode()
    except (OSError, UnicodeDecodeError, IndexError):
        return ""
