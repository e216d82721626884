#!/usr/bin/env bash
# Prints how many rows refer to one that is not there, over all foreign keys of the database.
# A constraint that was restored NOT VALID, or switched off, does not protect anything.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

sql -f - <<'SQL'
SELECT coalesce(sum((xpath('//n/text()', query_to_xml(format(
  'SELECT count(*) AS n FROM %s child WHERE %s AND NOT EXISTS (SELECT FROM %s parent WHERE %s)',
  conrelid::regclass, filled, confrelid::regclass, matches), true, true, '')))[1]::text::bigint), 0)
FROM pg_constraint,
  LATERAL (
    SELECT string_agg(format('child.%I IS NOT NULL', child.attname), ' AND ') AS filled,
      string_agg(format('child.%I = parent.%I', child.attname, parent.attname), ' AND ') AS matches
    FROM unnest(conkey, confkey) AS pair(child_column, parent_column)
    JOIN pg_attribute child ON child.attrelid = conrelid AND child.attnum = child_column
    JOIN pg_attribute parent ON parent.attrelid = confrelid AND parent.attnum = parent_column
  ) AS columns
WHERE contype = 'f'
SQL
