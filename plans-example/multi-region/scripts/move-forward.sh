#!/usr/bin/env bash
# Rehearsals only: makes the change. Copies the old cluster to the new one, switches, and lays the way back.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(dirname "${BASH_SOURCE[0]}")
not_in_production

# eventually SECONDS COMMAND: waits until the command prints t
eventually() {
  local limit=$((SECONDS + $1))
  shift
  until [[ $("$@") == t ]]; do
    ((SECONDS < limit)) || { echo "error: not reached in time: $*" >&2 && return 1; }
    sleep 0.2
  done
}

move=orders_move
"$folder/drop-way-back.sh"
tables=$(on new -c "SELECT string_agg(format('%I.%I', schemaname, tablename), ', ') FROM pg_tables
  WHERE schemaname NOT IN ('pg_catalog', 'information_schema')")
on new -c "TRUNCATE $tables"
on old -c "DROP PUBLICATION IF EXISTS $move" -c "CREATE PUBLICATION $move FOR ALL TABLES"
on new -c "CREATE SUBSCRIPTION $move CONNECTION '$(address_of old)' PUBLICATION $move"
eventually 300 on new -c "SELECT bool_and(srsubstate = 'r') FROM pg_subscription_rel"

put_out old
frozen=$(end_of_log old)
eventually 60 on old -c "SELECT confirmed_flush_lsn >= '$frozen' FROM pg_replication_slots WHERE slot_name = '$move'"
on old -f - <<'SQL' | on new -f - > /dev/null
SELECT format('SELECT setval(%L, %s);', format('%I.%I', schemaname, sequencename), last_value)
FROM pg_sequences WHERE last_value IS NOT NULL
SQL
on new -c "DROP SUBSCRIPTION $move"
on old -c "DROP PUBLICATION $move"

on new -c "CREATE PUBLICATION $way_back FOR ALL TABLES"
on old -c "CREATE SUBSCRIPTION $way_back CONNECTION '$(address_of new)' PUBLICATION $way_back WITH (copy_data = false)"
let_in new
"$folder/point-service.sh" new
"$folder/restart-orders.sh"
"$folder/set-weight.sh" "$FULL_WEIGHT"
