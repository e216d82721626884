#!/usr/bin/env bash
# Prints how many requests the service is working on. Needs BASE_URL.
set -euo pipefail
code=0
page=$(curl --fail --silent --show-error --max-time 3 "$BASE_URL/metrics") || code=$?
case $code in
  0) awk '/^genesis_active_requests[{ ]/ { found = 1; sum += $NF } END { if (!found) exit 1; print sum }' <<<"$page" ;;
  7) echo 0 ;; # refused: where no process is, no request is
  *) exit "$code" ;;
esac
