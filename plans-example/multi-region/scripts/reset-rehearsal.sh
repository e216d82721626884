#!/usr/bin/env bash
# Rehearsals only: back to where every rehearsal begins, whatever the one before left: the old cluster serves.
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
source "$folder/common.sh"
not_in_production

put_out new
"$folder/point-service.sh" old
"$folder/drop-way-back.sh"
let_in old
"$folder/restart-orders.sh"
"$folder/set-weight.sh" "$FULL_WEIGHT"
