"""What makes up a release: its version, the schemas that it can run against, how it keeps orders."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from orders import schema
from orders.errors import DemoError
from orders.order import NewOrder, Order


class OrderStore(Protocol):
    """Orders in the database, as one release reads and writes them."""

    def place(self, new: NewOrder) -> Order: ...

    def find(self, order_id: int) -> Order | None: ...

    def count(self) -> int: ...

    def gauges(self) -> dict[str, int]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A version that can be deployed; on start it migrates the database up to its oldest schema."""

    version: str
    oldest_schema: int
    newest_schema: int
    store: Callable[[Path], OrderStore]

    def check(self, database: Path) -> None:
        """Raise DemoError if this release cannot run against the schema that is there."""
        present = schema.level_of(database) if database.exists() else 0
        if present > self.newest_schema:
            raise DemoError(
                f"Version {self.version} cannot run against schema {present}: it knows schemas up to "
                f"{self.newest_schema}. {_ADVICE[present]}"
            )

    def open(self, database: Path) -> OrderStore:
        """Check and migrate the database, and give the store on it."""
        self.check(database)
        schema.migrate_up(database, self.oldest_schema)
        return self.store(database)


_ADVICE = {
    schema.EXPAND: "Migrate down first (scripts/migrate-down.sh).",
    schema.CONTRACT: "There is no way back from it; go forward with scripts/forward-fix.sh.",
}
