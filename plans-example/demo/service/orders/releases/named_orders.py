"""How every 2.x keeps orders: with given and family name, on schema 2 and on schema 3."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from orders import schema
from orders.clock import now
from orders.database import transaction
from orders.names import split_name
from orders.order import NewOrder, Order

COLUMNS = ("id", "given_name", "family_name", "returning_customer", "item", "quantity", "placed_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedOrder(Order):
    """An order whose customer has a given and a family name."""

    given_name: str
    family_name: str
    returning_customer: bool


def has_ordered(connection: sqlite3.Connection, new: NewOrder) -> bool:
    """Whether there is an earlier order of the same customer."""
    given, family = split_name(new.customer)
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM orders WHERE family_name = ? AND given_name = ?)", (family, given)
    )
    return bool(found.fetchone()[0])


def insert(connection: sqlite3.Connection, new: NewOrder, *, returning: bool) -> NamedOrder:
    """Write an order; as long as the schema has the column, with the customer as it was spelled."""
    given, family = split_name(new.customer)
    values: dict[str, str | int] = {
        "given_name": given,
        "family_name": family,
        "returning_customer": returning,
        "item": new.item,
        "quantity": new.quantity,
        "placed_at": now(),
    }
    with transaction(connection):
        if schema.level(connection) < schema.CONTRACT:
            values["customer"] = new.customer
        row = connection.execute(
            f"INSERT INTO orders ({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) "
            f"RETURNING {', '.join(COLUMNS)}",
            tuple(values.values()),
        ).fetchone()
    return _order(row)


def select(connection: sqlite3.Connection, order_id: int) -> NamedOrder | None:
    row = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM orders WHERE id = ?", (order_id,)).fetchone()
    return _order(row) if row else None


def count(connection: sqlite3.Connection) -> int:
    rows: int = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    return rows


def _order(row: tuple[int, str, str, int, str, int, str]) -> NamedOrder:
    order_id, given, family, returning, item, quantity, placed_at = row
    return NamedOrder(
        id=order_id,
        customer=f"{given} {family}".strip(),
        given_name=given,
        family_name=family,
        returning_customer=bool(returning),
        item=item,
        quantity=quantity,
        placed_at=placed_at,
    )
