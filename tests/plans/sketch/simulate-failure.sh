#!/usr/bin/env bash
# Makes the API fail, outside of production only, or lets it be well again: simulate-failure.sh --type high_error_rate|none
set -euo pipefail
case "${1:-} ${2:-}" in
  "--type high_error_rate") rate=0.2 ;;
  "--type none") rate=0 ;;
  *)
    echo "usage: simulate-failure.sh --type high_error_rate|none" >&2
    exit 2
    ;;
esac
curl --fail --silent --show-error --max-time 10 --request POST --data "{\"error_rate\": $rate}" "${API_URL:?}/faults"
