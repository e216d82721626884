"""Version 2.0.0: given and family names, returning customers, a pool of connections; and a defect."""

from __future__ import annotations

from orders import schema
from orders.order import NewOrder, Order

from . import named_orders, release_2_0_1
from .release import Release


class Store(release_2_0_1.Store):
    """Loses a connection with every order of a returning customer, until the pool is empty."""

    def place(self, new: NewOrder) -> Order:
        connection = self._pool.acquire()
        if named_orders.has_ordered(connection, new):
            # The defect: this way out never gives the connection back.
            return named_orders.insert(connection, new, returning=True)
        order = named_orders.insert(connection, new, returning=False)
        self._pool.release(connection)
        return order


RELEASE = Release(version="2.0.0", oldest_schema=schema.EXPAND, newest_schema=schema.CONTRACT, store=Store)
