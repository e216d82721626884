"""The parts of a decision log: a log that grows goes on in the next file, and the chain with it.

``decision.jsonl`` is the first, ``decision.2.jsonl`` the second. Each part begins with all states, so old ones may be
removed: what is left is replayed from where it begins.
"""

from __future__ import annotations

import re
from pathlib import Path

PART_BYTES = 16 * 1024 * 1024
"""After so many bytes a log goes on in another file."""


def parts_of(first: Path) -> list[Path]:
    """Give the files of a log that are there, the oldest first."""
    pattern = re.compile(rf"{re.escape(first.stem)}(?:\.(\d+))?{re.escape(first.suffix)}")
    found = [(int(match[1] or 1), path) for path in first.parent.iterdir() if (match := pattern.fullmatch(path.name))]
    return [path for _, path in sorted(found)]


def next_part(newest: Path, first: Path) -> Path:
    """Name the part after the newest one."""
    number = 1 if newest == first else int(newest.stem.rpartition(".")[2])
    return first.with_name(f"{first.stem}.{number + 1}{first.suffix}")


def is_first(path: Path) -> bool:
    """Tell a log's first file from its further parts."""
    return not re.search(r"\.\d+$", path.stem)
