#!/usr/bin/env bash
# Lists what only the replaced database has, because it was entered since the dump: lost-profiles.csv and
# lost-orders.csv in the incident folder. Needs the PG variables, RUN_ID, INCIDENT_DIR.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
failed=$(failed_database)
for table in profiles orders; do
  last=$(sql -c "SELECT coalesce(max(id), 0) FROM $table")
  sql --dbname="$failed" -c "COPY (SELECT * FROM $table WHERE id > $last ORDER BY id) TO STDOUT CSV HEADER" \
    >"$INCIDENT_DIR/lost-$table.csv"
  echo "$table: $(sql --dbname="$failed" -c "SELECT count(*) FROM $table WHERE id > $last") rows to bring back"
done
