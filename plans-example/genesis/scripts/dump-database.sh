#!/usr/bin/env bash
# Dumps the database: dump-database.sh ARCHIVE. Needs MONGO_URI (without a database name).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
mongodump --quiet --config <(mongo_config) --db "$database" --gzip --archive="${1:?the archive}"
