#!/usr/bin/env bash
# Sends requests to a route that answers 500, which the service offers in staging only. Needs API_URL.
# INJECT_REQUESTS says how many (default 600); they go out in tens.
set -euo pipefail
: "${API_URL:?the base URL of the API}"

count=${INJECT_REQUESTS:-600}
statuses=$(curl --silent --max-time 120 --parallel --parallel-max 10 --output /dev/null --write-out '%{http_code}\n' \
  "$API_URL/internal/fail?n=[1-$count]")
failed=$(grep -c '^500$' <<<"$statuses")
echo "$failed of $count requests failed as they were meant to."
[[ $failed -eq $count ]]
