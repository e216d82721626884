#!/usr/bin/env bash
# Makes the database writable and ends the sessions that were opened while it was not: they would stay read-only.
set -euo pipefail
export PGOPTIONS='-c default_transaction_read_only=off' # the command itself is refused in a read-only session
psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" <<'SQL'
SELECT format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()) \gexec
SELECT count(pg_terminate_backend(pid)) AS sessions_ended
FROM pg_stat_activity JOIN pg_roles ON pg_roles.oid = usesysid
WHERE datname = current_database() AND pid <> pg_backend_pid() AND (NOT rolsuper OR pg_has_role(usesysid, 'member'));
SQL
