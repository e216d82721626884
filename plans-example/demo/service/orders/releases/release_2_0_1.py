"""Version 2.0.1: as 2.0.0, and every connection comes back."""

from __future__ import annotations

from pathlib import Path

from orders import schema
from orders.order import NewOrder, Order
from orders.pool import ConnectionPool

from . import named_orders
from .release import Release


class Store:
    """Orders with given and family name, through a pool of connections."""

    def __init__(self, database: Path) -> None:
        self._pool = ConnectionPool(database)

    def place(self, new: NewOrder) -> Order:
        with self._pool.connection() as connection:
            returning = named_orders.has_ordered(connection, new)
            return named_orders.insert(connection, new, returning=returning)

    def find(self, order_id: int) -> Order | None:
        with self._pool.connection() as connection:
            return named_orders.select(connection, order_id)

    def count(self) -> int:
        with self._pool.connection() as connection:
            return named_orders.count(connection)

    def gauges(self) -> dict[str, int]:
        return {"database_connections_limit": self._pool.size, "database_connections_in_use": self._pool.lent}


RELEASE = Release(version="2.0.1", oldest_schema=schema.EXPAND, newest_schema=schema.CONTRACT, store=Store)
