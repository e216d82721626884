#!/usr/bin/env bash
# Past the point of no return: migration 012 gives v2.0 the view of the users that it expects. Needs DATABASE_URL.
set -euo pipefail
psql -X -v ON_ERROR_STOP=1 --quiet --single-transaction "${DATABASE_URL:?}" <<'SQL'
CREATE OR REPLACE VIEW users_v2_0 AS SELECT id, name FROM users;
INSERT INTO schema_migrations (version) VALUES (12) ON CONFLICT DO NOTHING;
SQL
