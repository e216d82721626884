#!/usr/bin/env bash
# Applies a file of migrations in one transaction, unless its level is reached: migrate.sh LEVEL FILE
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
level=${1:?the level that the file leads to} file=${2:?the file}

now=$("$folder/migration-level.sh")
if ((now >= level)); then
  echo "level $now is reached already"
  exit 0
fi
export PGOPTIONS='-c default_transaction_read_only=off -c lock_timeout=10s'
psql -X -q -v ON_ERROR_STOP=1 --single-transaction -f "$file" "$DATABASE_URL"
