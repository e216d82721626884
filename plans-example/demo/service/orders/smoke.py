"""The smoke test: one order goes in, and the same order comes back."""

from __future__ import annotations

import json

from .client import Client
from .errors import DemoError

ORDER = {"customer": "Smoke Test", "item": "match", "quantity": 1}


def smoke(client: Client) -> int:
    """Give the id of the order that was written and read; raises DemoError for any difference."""
    order_id = json.loads(client.expect("POST", "/orders", ORDER))["id"]
    found = json.loads(client.expect("GET", f"/orders/{order_id}"))
    differences = {key: found.get(key) for key, value in ORDER.items() if found.get(key) != value}
    if differences:
        raise DemoError(f"Order {order_id} came back with {differences}, it was written with {ORDER}.")
    return int(order_id)
