#!/usr/bin/env bash
# Prints how many requests the API works on. Needs API_URL.
set -euo pipefail
curl --fail --silent --show-error --max-time 4 "${API_URL:?}/metrics" |
  awk '$1 == "requests_in_flight" { print $2; found = 1 } END { exit !found }'
