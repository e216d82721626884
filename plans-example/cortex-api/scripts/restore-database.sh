#!/usr/bin/env bash
# Puts the database back to a dump, in one transaction: restore-database.sh DUMP (custom format)
set -euo pipefail
dump=${1:?the dump}
sql=$(cd "$(dirname "${BASH_SOURCE[0]}")/../sql" && pwd)

umask 077
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The whole dump is read before anything is touched: a damaged one ends here.
pg_restore --clean --if-exists --exit-on-error --file "$work/restore.sql" "$dump"

export PGOPTIONS='-c default_transaction_read_only=off'
psql -X -q -v ON_ERROR_STOP=1 --single-transaction -f "$sql/drop-release-objects.sql" -f "$work/restore.sql" "$DATABASE_URL" > /dev/null
psql -X -q -v ON_ERROR_STOP=1 -c ANALYZE "$DATABASE_URL" # restored tables have no statistics, and plans are slow without
