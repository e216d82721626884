#!/usr/bin/env bash
# Removes what was cached, and nothing else: sessions, queues and counters live in the same Redis.
# Needs REDIS_HOST, REDIS_PORT, REDISCLI_AUTH.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
removed=0
# SCAN and UNLINK: KEYS and DEL would hold up everybody else meanwhile.
while mapfile -t -n 500 keys && ((${#keys[@]})); do
  redis UNLINK "${keys[@]}" >/dev/null
  ((removed += ${#keys[@]}))
done < <(redis --scan --pattern 'cache:*')
redis PING >/dev/null # a scan that could not connect has found nothing either
echo "$removed keys removed"
