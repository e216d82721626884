#!/usr/bin/env bash
# Prints the version (git SHA) that the backend says it runs. Needs API_URL.
set -euo pipefail
: "${API_URL:?the base URL of the API}"

# --fail: an error page is no answer. jq -e: a missing version is an error, not the word null.
curl --fail --silent --show-error --max-time 5 "$API_URL/health" | jq -er '.version'
