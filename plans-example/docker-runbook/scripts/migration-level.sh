#!/usr/bin/env bash
# Prints the number of the last migration that the database has seen, such as 41. Needs DATABASE_URL.
set -euo pipefail
: "${DATABASE_URL:?the connection string of the database}"

# ON_ERROR_STOP: without it psql exits with 0 after an SQL error.
psql -X -v ON_ERROR_STOP=1 -Atc 'SELECT max(version_num)::integer FROM alembic_version' "$DATABASE_URL"
