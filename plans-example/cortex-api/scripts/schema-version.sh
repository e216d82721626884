#!/usr/bin/env bash
# Prints the newest migration that was applied.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
sql -c 'SELECT max(version) FROM schema_migrations'
