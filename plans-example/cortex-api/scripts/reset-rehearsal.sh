#!/usr/bin/env bash
# Rehearsals only: back to where every rehearsal begins, whatever the one before left: v2.0.8 on the schema of v2.0.5.
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
source "$folder/common.sh"
not_in_production

"$folder/scale-up.sh" auth-service "$AUTH_REPLICAS"
"$folder/scale-up.sh" api-service "$API_REPLICAS"
"$folder/wait-for-rollout.sh" auth-service api-service
"$folder/traffic-shift.sh" auth-service 0
"$folder/traffic-shift.sh" api-service 0
"$folder/remove-release.sh"
if (($("$folder/migration-level.sh") > 0)); then
  "$folder/stop-writes.sh"
  "$folder/restore-database.sh" "$BASELINE/database.dump"
fi
"$folder/allow-writes.sh"
