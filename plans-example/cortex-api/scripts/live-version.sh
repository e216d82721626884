#!/usr/bin/env bash
# Prints the version that users get. Needs LOAD_BALANCER_URL.
set -euo pipefail
curl --fail --silent --show-error --max-time 5 "$LOAD_BALANCER_URL/health" | jq -er .active_version
