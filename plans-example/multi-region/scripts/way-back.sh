#!/usr/bin/env bash
# Prints how the way back is: "streaming BYTES", "stopped BYTES" (behind), or "none" when it was removed.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

on new -f - <<SQL
SELECT coalesce((
  SELECT CASE WHEN active THEN 'streaming ' ELSE 'stopped ' END || pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn)
  FROM pg_replication_slots WHERE slot_name = '$way_back'), 'none')
SQL
