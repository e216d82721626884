#!/usr/bin/env bash
# Restores the dump that another machine keeps, in one transaction. Needs DATABASE_URL and SECONDARY_BACKUP.
set -euo pipefail
pg_restore --clean --if-exists --no-owner --exit-on-error --single-transaction \
  --dbname "${DATABASE_URL:?}" "${SECONDARY_BACKUP:?}"
