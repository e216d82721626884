#!/usr/bin/env bash
# Prints the number of the newest migration that is applied. Needs the PG variables.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
sql -c 'SELECT coalesce(max(version), 0) FROM schema_migrations'
