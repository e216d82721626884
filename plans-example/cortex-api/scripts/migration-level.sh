#!/usr/bin/env bash
# Prints the number of the newest migration of v2.1 that was applied: 0 (none) to 11, 12 with the compensating one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# v2.0.5 is 20251201120000, the migrations of v2.1 are 20251209140001 and so on
sql -c "SELECT coalesce(max(right(version, 3)::int), 0) FROM schema_migrations WHERE version > '20251201120000'"
