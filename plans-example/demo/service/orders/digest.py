"""Measures of what the database holds, to compare before and after."""

from __future__ import annotations

import hashlib
import json
from contextlib import closing
from pathlib import Path

from . import schema
from .database import connect
from .errors import DemoError

SPELLED = "customer"
SPLIT = "given_name(customer), family_name(customer)"
STORED = "given_name, family_name"


def count(database: Path) -> int:
    with closing(connect(database)) as connection:
        rows: int = connection.execute("SELECT count(*) FROM orders").fetchone()[0]
    return rows


def checksum(database: Path, *, up_to: int | None = None, split_names: bool = False) -> str:
    """sha256 of the orders with an id of at most `up_to`, in order.

    The customer counts as it was spelled, and so the digest is the same on schemas 1 and 2. With `split_names`
    it counts as given and family name: then the digest is the same on all three schemas.
    """
    with closing(connect(database)) as connection:
        name = _name_columns(schema.level(connection), split_names=split_names)
        rows = connection.execute(
            f"SELECT id, {name}, item, quantity, placed_at FROM orders WHERE id <= ? ORDER BY id",
            (2**63 - 1 if up_to is None else up_to,),
        )
        digest = hashlib.sha256()
        for row in rows:
            digest.update(json.dumps(row).encode() + b"\n")
    return digest.hexdigest()


def _name_columns(level: int, *, split_names: bool) -> str:
    if level < schema.CONTRACT:
        return SPLIT if split_names else SPELLED
    if not split_names:
        raise DemoError("Schema 3 has dropped how customers were spelled: compare with --split-names, on both sides.")
    return STORED
