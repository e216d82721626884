#!/usr/bin/env bash
# Prints how many bytes of the frozen log the old cluster has not applied yet.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

frozen=$(< "$INCIDENT_DIR/frozen-$REGION.lsn")
on new -c "SELECT greatest(0, pg_wal_lsn_diff('$frozen', confirmed_flush_lsn)) FROM pg_replication_slots WHERE slot_name = '$way_back'"
