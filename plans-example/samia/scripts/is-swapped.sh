#!/usr/bin/env bash
# Fails unless this run has put the restored database in place. Needs the PG variables, RUN_ID.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
failed=$(failed_database)
found=$(sql --dbname=postgres -v failed="$failed" -f - <<<"SELECT count(*) FROM pg_database WHERE datname = :'failed'")
[[ $found == 1 ]]
