#!/usr/bin/env bash
# Applies the reversal to the staging database inside a transaction that is rolled back. Needs STAGING_DATABASE_URL.
set -euo pipefail
: "${STAGING_DATABASE_URL:?the connection string of the staging database}"

psql -X -v ON_ERROR_STOP=1 --quiet "$STAGING_DATABASE_URL" <<SQL
BEGIN;
\i '$(dirname "${BASH_SOURCE[0]}")/reversal.sql'
SELECT count(*) AS customers_without_a_name FROM customers WHERE full_name IS NULL;
ROLLBACK;
SQL
echo "The reversal applies cleanly to the staging database."
