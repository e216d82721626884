#!/usr/bin/env bash
# Places a test order in this region and reads it again. Test orders are never charged or shipped.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

url=${CHECKOUT_URL/REGION/$REGION}
request() {
  curl --fail-with-body --silent --show-error --max-time 4 "$@"
}

id=$(request --header 'Content-Type: application/json' --data '{"test": true, "items": [{"sku": "TEST-1", "count": 1}]}' "$url/orders" | jq -er .id)
request "$url/orders/$id" | jq -e --arg id "$id" '(.id | tostring) == $id and .test' > /dev/null
echo "order $id was placed and read"
