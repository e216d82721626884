#!/usr/bin/env bash
# Removes what was cached, and nothing else: sessions, queues and counters live in the same Redis.
# Needs REDIS_HOST, REDIS_PORT, REDISCLI_AUTH.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
found=$(mktemp)
trap 'rm -f "$found"' EXIT
removed=0
# SCAN and UNLINK: KEYS and DEL would hold up everybody else meanwhile.
redis --scan --pattern 'cache:*' >"$found"
while mapfile -t -n 500 keys && ((${#keys[@]})); do
  redis UNLINK "${keys[@]}" >/dev/null
  ((removed += ${#keys[@]}))
done <"$found"
echo "$removed keys removed"
