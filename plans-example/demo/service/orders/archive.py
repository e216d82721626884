"""Saving the database to a file, and bringing it back."""

from __future__ import annotations

import filecmp
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from . import schema
from .clock import now
from .database import connect
from .errors import DemoError


def backup(database: Path, file: Path) -> tuple[int, int]:
    """Save a consistent copy, also while the service writes; gives its orders and its schema."""
    unfinished = file.with_name(file.name + ".unfinished")
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished.unlink(missing_ok=True)
    with closing(connect(database)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    contents = inspect(unfinished)
    unfinished.replace(file)
    return contents


def restore(file: Path, database: Path) -> Path | None:
    """Put a backup into place; gives where the replaced database lies, None where there was nothing to replace."""
    inspect(file)
    journal = database.with_name(database.name + "-journal")
    if database.exists() and not journal.exists() and filecmp.cmp(file, database, shallow=False):
        return None
    database.parent.mkdir(parents=True, exist_ok=True)
    unfinished = database.with_name(database.name + ".unfinished")
    shutil.copyfile(file, unfinished)
    with unfinished.open("rb") as copy:
        os.fsync(copy.fileno())
    replaced = _set_aside(database, journal)
    unfinished.replace(database)
    return replaced


def inspect(file: Path) -> tuple[int, int]:
    """Give orders and schema of a backup; raises DemoError where it is none, or is damaged."""
    if not file.is_file():
        raise DemoError(f"There is no backup at {file}: make one with scripts/backup.sh.")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            orders = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
            level = schema.level(connection)
    except sqlite3.Error as error:
        raise DemoError(f"{file} is no backup of the orders: {error}.") from None
    if verdict != "ok":
        raise DemoError(f"{file} is damaged: {verdict}.")
    return orders, level


def _set_aside(database: Path, journal: Path) -> Path | None:
    aside = database.with_name(f"{database.name}.replaced-{now().replace(':', '')}")
    if database.exists():
        shutil.copyfile(database, aside)
    if journal.exists():
        # SQLite would play a journal that a killed service left into the database that takes its place.
        journal.replace(aside.with_name(aside.name + "-journal"))
    return aside if aside.exists() else None
