#!/usr/bin/env bash
# Puts the database back to the dump from before the release, in one transaction: all of it or nothing.
# Needs DATABASE_URL and BASELINE. Whatever was written since the dump is lost.
set -euo pipefail
: "${DATABASE_URL:?the connection string of the database}" "${BASELINE:?the folder of the baseline}"

pg_restore --clean --if-exists --no-owner --exit-on-error --single-transaction \
  --dbname "$DATABASE_URL" "$BASELINE/database.dump"
