#!/usr/bin/env bash
# Prints the version that users get. Needs BASE_URL.
set -euo pipefail
curl --fail --silent --show-error --max-time 5 "$BASE_URL/health" | jq -er .version
