"""Version 1.0.0: one database connection a request; slow, and it never failed."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from orders import schema
from orders.clock import now
from orders.database import connect
from orders.order import NewOrder, Order

from .release import Release

COLUMNS = ("id", "customer", "item", "quantity", "placed_at")


class Store:
    """Orders with the customer as one text."""

    def __init__(self, database: Path) -> None:
        self._database = database

    def place(self, new: NewOrder) -> Order:
        with closing(connect(self._database)) as connection:
            row = connection.execute(
                "INSERT INTO orders (customer, item, quantity, placed_at) VALUES (?, ?, ?, ?) "
                f"RETURNING {', '.join(COLUMNS)}",
                (new.customer, new.item, new.quantity, now()),
            ).fetchone()
        return Order(**dict(zip(COLUMNS, row, strict=True)))

    def find(self, order_id: int) -> Order | None:
        with closing(connect(self._database)) as connection:
            row = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM orders WHERE id = ?", (order_id,)).fetchone()
        return Order(**dict(zip(COLUMNS, row, strict=True))) if row else None

    def count(self) -> int:
        with closing(connect(self._database)) as connection:
            rows: int = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
        return rows

    def gauges(self) -> dict[str, int]:
        return {}


RELEASE = Release(version="1.0.0", oldest_schema=schema.BASE, newest_schema=schema.BASE, store=Store)
