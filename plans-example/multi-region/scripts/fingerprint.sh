#!/usr/bin/env bash
# Prints every table of a cluster with its number of rows and a sum over their text, whatever their order: fingerprint.sh old|new
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

export PGTZ=UTC PGOPTIONS='-c extra_float_digits=3 -c bytea_output=hex -c default_transaction_read_only=on'
on "${1:?old or new}" -f - <<'SQL'
SELECT format('SELECT %L, count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) FROM %I.%I AS t',
  table_schema || '.' || table_name, table_schema, table_name)
FROM information_schema.tables
WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')
ORDER BY table_schema, table_name \gexec
SQL
