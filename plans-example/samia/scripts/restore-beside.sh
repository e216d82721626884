#!/usr/bin/env bash
# Restores a dump into a database of its own beside the live one: restore-beside.sh DUMP. May be run again.
# Needs the PG variables.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
dump=${1:?the dump in the custom format}
restored=${PGDATABASE}_restored
pg_restore --list "$dump" >/dev/null # before anything else: can it be read at all

sql --dbname=postgres -v name="$restored" -v like="$PGDATABASE" -f - <<'SQL'
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
SELECT format('CREATE DATABASE %I TEMPLATE template0 ENCODING %L LC_COLLATE %L LC_CTYPE %L',
              :'name', pg_encoding_to_char(encoding), datcollate, datctype)
FROM pg_database WHERE datname = :'like' \gexec
SQL
pg_restore --exit-on-error --no-owner --jobs=4 --dbname="$restored" "$dump"
