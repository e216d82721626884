#!/usr/bin/env bash
# Removes what the authentication cache holds now, and nothing else. Sessions stay.
# Keys carry the version of their format (auth-cache:v1:…, auth-cache:v2:…): what v2.1 may still write, v2.0.8 never reads.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

keys=$(mktemp)
trap 'rm -f "$keys"' EXIT
redis --scan --pattern 'auth-cache:*' > "$keys"
xargs --no-run-if-empty --delimiter '\n' --max-args 500 redis-cli -e -h "$REDIS_HOST" -p "$REDIS_PORT" UNLINK < "$keys" > /dev/null
echo "cleared $(wc -l < "$keys") entries"
