#!/usr/bin/env bash
# Puts the application out of the new cluster and remembers where its log ends; --undo lets it in again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${1:-} == --undo ]]; then
  let_in new
  exit 0
fi
put_out new
# Through a file of its own, so that half a line is never read.
end_of_log new > "$INCIDENT_DIR/.frozen-$REGION"
mv "$INCIDENT_DIR/.frozen-$REGION" "$INCIDENT_DIR/frozen-$REGION.lsn"
