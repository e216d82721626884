#!/usr/bin/env bash
# Makes the database read-only and ends every session, because the setting reaches new ones only.
set -euo pipefail
export PGOPTIONS='-c default_transaction_read_only=off' # or a second run would be refused
psql -X -q -v ON_ERROR_STOP=1 "$DATABASE_URL" <<'SQL'
SELECT format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()) \gexec
SELECT count(pg_terminate_backend(pid)) AS sessions_ended
FROM pg_stat_activity JOIN pg_roles ON pg_roles.oid = usesysid
WHERE datname = current_database() AND pid <> pg_backend_pid() AND (NOT rolsuper OR pg_has_role(usesysid, 'member'));
SQL
