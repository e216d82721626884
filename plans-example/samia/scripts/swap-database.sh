#!/usr/bin/env bash
# Puts the restored database in the place of the live one, which stays under another name: for the investigation, and
# for whatever was written to it since the dump. Needs the PG variables, RUN_ID.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
restored=${PGDATABASE}_restored
failed=$(failed_database)
# In one transaction: there is no moment without a database, and an error leaves everything as it was.
sql --dbname=postgres --single-transaction \
  -v live="$PGDATABASE" -v restored="$restored" -v failed="$failed" -f - <<'SQL'
SELECT count(pg_terminate_backend(pid)) || ' connections ended'
FROM pg_stat_activity WHERE datname IN (:'live', :'restored');
ALTER DATABASE :"live" RENAME TO :"failed";
ALTER DATABASE :"restored" RENAME TO :"live";
SQL
echo "the failed database is now $failed"
