#!/usr/bin/env bash
# Prints how many rows a table has: count-rows.sh TABLE [DATABASE]. Needs the PG variables.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
sql --dbname="${2:-$PGDATABASE}" -v table="${1:?the table}" -f - <<<'SELECT count(*) FROM :"table"'
