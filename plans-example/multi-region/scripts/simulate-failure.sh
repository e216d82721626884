#!/usr/bin/env bash
# Rehearsals only: lets one connection at a time into the new cluster, so that checkouts fail and health stays green.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

not_in_production
on new -c "ALTER ROLE $application_role CONNECTION LIMIT 1" \
  -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '$application_role'"
