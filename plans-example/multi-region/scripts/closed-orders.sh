#!/usr/bin/env bash
# Prints a fingerprint of the orders that were closed before CLOSED_BEFORE and never change again.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cluster=$("$(dirname "${BASH_SOURCE[0]}")/live-cluster.sh")
export PGTZ=UTC
on "$cluster" -v day="$CLOSED_BEFORE" -f - <<'SQL'
SELECT count(*) || ' ' || coalesce(sum(hashtextextended(orders::text, 0)::numeric), 0) FROM orders WHERE closed_at < :'day'
SQL
