#!/usr/bin/env bash
# Builds the way back anew: empties the old cluster and lets it copy everything from the new one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ $("$(dirname "${BASH_SOURCE[0]}")/way-back.sh") != none ]]; then
  echo "the way back is there"
  exit 0
fi
put_out old
# What is left of the former way back: a subscription whose slot is gone.
if [[ -n $(on old -c "SELECT 1 FROM pg_subscription WHERE subname = '$way_back'") ]]; then
  on old -c "ALTER SUBSCRIPTION $way_back DISABLE" -c "ALTER SUBSCRIPTION $way_back SET (slot_name = NONE)" \
    -c "DROP SUBSCRIPTION $way_back"
fi
tables=$(on old -c "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
on old -c "TRUNCATE $tables"
on new -c "DROP PUBLICATION IF EXISTS $way_back" -c "CREATE PUBLICATION $way_back FOR ALL TABLES"
on old -c "CREATE SUBSCRIPTION $way_back CONNECTION '$(address_of new)' PUBLICATION $way_back WITH (copy_data = true)"
