"""Which files are plans: those that were named, those in a named folder, or those that the policy's patterns find."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from rollback_gov.model.errors import UsageError

PATTERNS = (
    "rollback/**/plan.{yaml,yml,md}",
    "**/*.rollback.{yaml,yml}",
    "{ROLLBACK,rollback}.md",
    "docs/{ROLLBACK,rollback,rollback-plan}.md",
    "{docs/,}runbooks/**/rollback{,-plan,-runbook}.md",
)
"""Where plans lie by default: our own names, and those that public repositories use most."""
IN_FOLDER = ("**/plan.{yaml,yml,md}", PATTERNS[1])
SKIPPED = frozenset({".git", ".venv", "node_modules"})


def discover(root: Path, patterns: Sequence[str]) -> list[Path]:
    """Find the files under ``root`` that match one of the patterns, sorted. Links to folders are not followed."""
    wanted = matching(patterns)
    return sorted(root / name for name in _files(os.fspath(root)) if wanted(name))


def matching(patterns: Sequence[str]) -> Callable[[str], object]:
    """Give what tells whether a path, from the root and with forward slashes, matches one of the patterns."""
    whole = "|".join(map(_expression, patterns)) or r"(?!)"
    return re.compile(whole, re.DOTALL).fullmatch  # a folder whose name has two lines hides nothing


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


def is_skipped(name: str) -> bool:
    """Tell whether a path, from the root, lies in a folder into which no search goes."""
    return not SKIPPED.isdisjoint(name.split("/")[:-1])


def _files(root: str) -> Iterator[str]:
    """Give every file below a folder by its path from there, with forward slashes."""
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if name not in SKIPPED]
        before = folder[len(root) :].replace(os.sep, "/").lstrip("/")
        before += "/" if before else ""
        for name in files:
            yield before + name


_WILD = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}


def _expression(pattern: str) -> str:
    """Translate a glob: ``**/`` is any number of folders, ``*`` and ``?`` stay within one name, ``{a,b}`` is either."""
    parts = re.split(r"(\{[^{}]*\}|\*\*/|\*\*|\*|\?)", pattern)
    return "".join(_either(part) if part.startswith("{") else _WILD.get(part, re.escape(part)) for part in parts)


def _either(group: str) -> str:
    if not group.endswith("}"):
        return re.escape(group)
    return f"(?:{'|'.join(map(_expression, group[1:-1].split(',')))})"
