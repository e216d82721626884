#!/usr/bin/env bash
# Prints id and e-mail of the users who were there at the moment of the rollback and are not any more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
dump=$INCIDENT_DIR/captures/database-at-rollback.dump

if [[ ! -f $dump ]]; then
  echo "error: the dump of the moment of the rollback is missing; nobody knows who was lost." >&2
  exit 1
fi
{
  echo 'CREATE TEMP TABLE before AS SELECT id, email FROM users WITH NO DATA;'
  # v2.1 has columns that v2.0 does not have: the two that matter are cut out of the dump
  echo 'COPY before (id, email) FROM stdin;'
  pg_restore --data-only --table=users --file - "$dump" | awk -F '\t' '
    counting && $0 == "\\." { exit }
    counting { print $id "\t" $email }
    /^COPY / {
      gsub(/.*\(|\).*/, "")
      columns = split($0, names, ", ")
      for (n = 1; n <= columns; n++) { if (names[n] == "id") id = n; if (names[n] == "email") email = n }
      counting = 1
    }'
  echo '\.'
  echo 'SELECT before.id, before.email FROM before LEFT JOIN users USING (id) WHERE users.id IS NULL ORDER BY 1;'
} | sql -f -
