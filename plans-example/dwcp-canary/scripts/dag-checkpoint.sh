#!/usr/bin/env bash
# Prints a checkpoint of the DAG as "ROUND DIGEST": the latest, or the one of a given round: dag-checkpoint.sh [ROUND]
# The digest covers every vertex up to that round. Needs DWCP_URL.
set -euo pipefail
: "${DWCP_URL:?the base URL of the service}"

curl --fail --silent --show-error --max-time 5 "$DWCP_URL/api/v1/dag/checkpoints/${1:-latest}" |
  jq -er '"\(.round) \(.digest)"'
