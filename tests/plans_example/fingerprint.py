"""What a database holds, to the last byte: how many rows each table has, and a checksum over all of them."""

from __future__ import annotations

from tests.servers import Postgresql

_TABLES = """\
SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1
"""
_ROWS = """\
SELECT count(*) || ' rows, ' || md5(coalesce(string_agg(line::text, E'\\n' ORDER BY line::text COLLATE "C"), ''))
FROM {table} AS line;
"""


def fingerprint(server: Postgresql, database: str) -> dict[str, str]:
    """Give the number of rows and the checksum of each table, by its name; no table, no fingerprint."""
    tables = server.query(_TABLES, database).splitlines()
    assert tables, f"{database} has no tables"
    lines = server.query("".join(_ROWS.format(table=table) for table in tables), database).splitlines()
    return dict(zip(tables, lines, strict=True))
