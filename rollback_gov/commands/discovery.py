"""Which files are plans: those that were named, those in a named folder, or those that the policy's patterns find."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from rollback_gov.model.errors import UsageError

PATTERNS = (
    "rollback/**/plan.yaml",
    "rollback/**/plan.yml",
    "**/*.rollback.yaml",
    "**/*.rollback.yml",
)
IN_FOLDER = ("**/plan.yaml", "**/plan.yml", *PATTERNS[2:])
SKIPPED = frozenset({".git", ".venv", "node_modules"})


def discover(root: Path, patterns: Sequence[str]) -> list[Path]:
    """Find the files under ``root`` that match one of the patterns, sorted. Links to folders are not followed."""
    matchers = [_matcher(pattern) for pattern in patterns]
    return sorted(path for path, relative in _files(root) if any(matcher.fullmatch(relative) for matcher in matchers))


def resolve(paths: Iterable[Path]) -> list[Path]:
    """Give the plans that the paths name: a file is itself, a folder is searched. Raises UsageError for neither."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += discover(path, IN_FOLDER)
        elif path.exists():
            found.append(path)
        else:
            raise UsageError(f"There is no file or folder '{path}'.", hint="Check the path.")
    return list(dict.fromkeys(found))


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in SKIPPED]
        base = Path(folder)
        for name in files:
            path = base / name
            yield path, path.relative_to(root).as_posix()


def _matcher(pattern: str) -> re.Pattern[str]:
    """Translate a glob: ``**/`` is any number of folders, ``*`` and ``?`` stay within one name."""
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    wild = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(wild.get(part, re.escape(part)) for part in parts))
