"""The three levels of the database schema, and the ways between them.

    1 base        customer, as it was written
    2 expand      customer, given_name, family_name, returning_customer
    3 contract    given_name, family_name, returning_customer

From 2 there is a way back to 1. From 3 there is none: how a customer had been written is gone.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from .database import connect, transaction
from .errors import DemoError

BASE, EXPAND, CONTRACT = 1, 2, 3

HISTORY = """
CREATE TABLE IF NOT EXISTS schema_migrations (
  level INTEGER PRIMARY KEY,
  name TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
)
"""
BASE_COLUMNS = """
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  customer TEXT NOT NULL,
  item TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  placed_at TEXT NOT NULL
"""
MIGRATIONS = {
    BASE: ("base", (f"CREATE TABLE orders ({BASE_COLUMNS})",)),
    EXPAND: (
        "expand: given and family name, returning customers",
        (
            f"""CREATE TABLE orders_new ({BASE_COLUMNS},
                  given_name TEXT NOT NULL,
                  family_name TEXT NOT NULL,
                  returning_customer INTEGER NOT NULL)""",
            """INSERT INTO orders_new
                 SELECT id, customer, item, quantity, placed_at, given_name(customer), family_name(customer),
                        row_number() OVER (
                          PARTITION BY given_name(customer), family_name(customer) ORDER BY id
                        ) > 1
                 FROM orders""",
            "DROP TABLE orders",
            "ALTER TABLE orders_new RENAME TO orders",
            "CREATE INDEX orders_by_name ON orders (family_name, given_name)",
        ),
    ),
    CONTRACT: ("contract: without customer", ("ALTER TABLE orders DROP COLUMN customer",)),
}
EXPAND_UNDONE = (
    f"CREATE TABLE orders_old ({BASE_COLUMNS})",
    "INSERT INTO orders_old SELECT id, customer, item, quantity, placed_at FROM orders",
    "DROP TABLE orders",
    "ALTER TABLE orders_old RENAME TO orders",
    f"DELETE FROM schema_migrations WHERE level = {EXPAND}",
)


def level(connection: sqlite3.Connection) -> int:
    """The highest migration that was applied; 0 in an empty database."""
    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'schema_migrations'")
    if not tables.fetchone()[0]:
        return 0
    highest: int = connection.execute("SELECT coalesce(max(level), 0) FROM schema_migrations").fetchone()[0]
    return highest


def level_of(path: Path) -> int:
    """The level of a database file; raises DemoError where there is no file."""
    with closing(connect(path)) as connection:
        return level(connection)


def migrate_up(path: Path, to: int) -> list[int]:
    """Apply what is missing up to a level, and give the levels applied; creates the file where there is none."""
    with closing(connect(path, create=True)) as connection:
        if level(connection) >= to:
            return []
        with transaction(connection):
            missing = list(range(level(connection) + 1, to + 1))
            for number in missing:
                _apply(connection, number)
    return missing


def migrate_down(path: Path) -> bool:
    """Go back from 2 to 1 with every order kept; False where nothing was to do, DemoError at level 3."""
    with closing(connect(path)) as connection, transaction(connection):
        present = level(connection)
        if present >= CONTRACT:
            raise DemoError(
                "Schema 3 cannot be migrated down: the customers' spelling was dropped, "
                "the point of no return is passed. Go forward with scripts/forward-fix.sh."
            )
        if present == EXPAND:
            for statement in EXPAND_UNDONE:
                connection.execute(statement)
    return present == EXPAND


def finish_migration(path: Path) -> bool:
    """Apply the irreversible migration 3; False where it was applied before, DemoError below level 2."""
    if level_of(path) < EXPAND:
        raise DemoError("Migration 3 comes after migration 2: deploy 2.0.0 first (scripts/deploy.sh 2.0.0).")
    return bool(migrate_up(path, CONTRACT))


def _apply(connection: sqlite3.Connection, number: int) -> None:
    name, statements = MIGRATIONS[number]
    connection.execute(HISTORY)
    for statement in statements:
        connection.execute(statement)
    connection.execute("INSERT INTO schema_migrations (level, name) VALUES (?, ?)", (number, name))
