"""Which repositories are scanned: an organisation's, or those that a file names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from rollback_gov.github.fleet.repositories import Listed, is_name
from rollback_gov.model.errors import UsageError
from rollback_gov.model.record import Record
from rollback_gov.plans.problem import DocumentError
from rollback_gov.plans.source import REGISTER, read_source


class Target(Record):
    """A repository to read. ``is_listed``: GitHub has named it in this scan, so the name is that of today."""

    name: str
    is_listed: bool = False
    closed: Literal["", "archived", "disabled"] = ""


def named_in(file: Path) -> tuple[Target, ...]:
    """Read ``OWNER/NAME`` a line; empty lines and what follows a ``#`` do not count. Raises UsageError."""
    try:
        lines = read_source(file, size=REGISTER).lines
    except DocumentError as error:
        raise UsageError(f"{error.place}: {error}", hint="Write OWNER/NAME, a repository a line.") from error
    found: dict[str, Target] = {}
    for number, line in enumerate(lines, 1):
        name = line.partition("#")[0].strip()
        if name and not is_name(name):
            raise UsageError(f"{file}:{number}: '{name[:80]}' is no OWNER/NAME.", hint="Write a repository a line.")
        if name:
            found.setdefault(name.lower(), Target(name=name))
    return tuple(found.values())


def listed(repositories: Iterable[Listed]) -> Iterator[Target]:
    """Take over what GitHub has listed."""
    for each in repositories:
        yield Target(name=each.name, is_listed=True, closed=each.closed)


def without(targets: Iterable[Target], patterns: tuple[str, ...]) -> tuple[Target, ...]:
    """Leave out those that a pattern names, ``OWNER/NAME`` or ``NAME``, whatever its case."""
    wanted = [pattern.lower() if "/" in pattern else f"*/{pattern.lower()}" for pattern in patterns]
    return tuple(
        target for target in targets if not any(fnmatchcase(target.name.lower(), pattern) for pattern in wanted)
    )
