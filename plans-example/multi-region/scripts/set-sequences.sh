#!/usr/bin/env bash
# Moves every sequence of the old cluster to where the new one is.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

on new -f - <<'SQL' | on old -f - > /dev/null
SELECT format('SELECT setval(%L, greatest(%s, (SELECT last_value FROM %I.%I)));',
  format('%I.%I', schemaname, sequencename), last_value, schemaname, sequencename)
FROM pg_sequences WHERE last_value IS NOT NULL
SQL
