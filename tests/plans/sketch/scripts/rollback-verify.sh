#!/usr/bin/env bash
# Passes when the API answers and is the version to go back to. Needs API_URL and PREVIOUS_API.
set -euo pipefail
curl --fail --silent --show-error --max-time 5 "${API_URL:?}/health" > /dev/null
curl --fail --silent --show-error --max-time 5 "$API_URL/version" | grep -qF "\"${PREVIOUS_API:?}\""
