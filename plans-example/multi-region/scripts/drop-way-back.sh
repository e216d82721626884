#!/usr/bin/env bash
# Removes subscription, slot and publication of the way back, as far as they are there.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cluster=$("$(dirname "${BASH_SOURCE[0]}")/live-cluster.sh")
if [[ $cluster != old ]]; then
  echo "error: orders-db leads to the $cluster cluster; without the way back nobody could go back." >&2
  exit 1
fi
if [[ -n $(on old -c "SELECT 1 FROM pg_subscription WHERE subname = '$way_back'") ]]; then
  on old -c "ALTER SUBSCRIPTION $way_back DISABLE" -c "ALTER SUBSCRIPTION $way_back SET (slot_name = NONE)" \
    -c "DROP SUBSCRIPTION $way_back"
fi
on new -f - <<SQL
SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE slot_name = '$way_back' AND active \g /dev/null
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$way_back' \g /dev/null
DROP PUBLICATION IF EXISTS $way_back;
SQL
