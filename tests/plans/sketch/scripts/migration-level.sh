#!/usr/bin/env bash
# Prints the number of the last migration, such as 7. Needs DATABASE_URL.
set -euo pipefail
psql -X -v ON_ERROR_STOP=1 -Atc 'SELECT coalesce(max(version), 0) FROM schema_migrations' "${DATABASE_URL:?}"
