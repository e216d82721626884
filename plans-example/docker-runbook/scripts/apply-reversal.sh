#!/usr/bin/env bash
# Applies the reversal migration in one transaction; does nothing where it was applied before. Needs DATABASE_URL.
set -euo pipefail
: "${DATABASE_URL:?the connection string of the database}"
here=$(dirname "${BASH_SOURCE[0]}")

level=$("$here/migration-level.sh")
case $level in
  43) echo "The reversal was applied already." ;;
  42) psql -X -v ON_ERROR_STOP=1 --quiet --single-transaction -f "$here/reversal.sql" "$DATABASE_URL" ;;
  *)
    echo "error: The database is at migration $level; the reversal undoes 42 and nothing else." >&2
    exit 1
    ;;
esac
