#!/usr/bin/env bash
# Prints how many sequences would give out a number that exists.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cluster=$("$(dirname "${BASH_SOURCE[0]}")/live-cluster.sh")
on "$cluster" -f - <<'SQL'
SELECT count(*) FROM (
  SELECT (xpath('//n/text()', query_to_xml(format('SELECT coalesce(max(%I), 0) AS n FROM %s', attname, attrelid::regclass),
      true, true, '')))[1]::text::bigint AS newest,
    coalesce(pg_sequence_last_value(pg_get_serial_sequence(attrelid::regclass::text, attname)::regclass), 0) AS given_out
  FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
  WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped
    AND pg_get_serial_sequence(attrelid::regclass::text, attname) IS NOT NULL
) AS sequences
WHERE newest > given_out
SQL
