#!/usr/bin/env bash
# Prints the schema as SQL, the same text for the same schema.
set -euo pipefail
# newer versions of pg_dump put a random word into \restrict
pg_dump --schema-only "$DATABASE_URL" | sed -E '/^\\(un)?restrict /d'
