#!/usr/bin/env bash
# Compares the schema with the baseline's and shows every difference.
set -euo pipefail
"$(dirname "${BASH_SOURCE[0]}")/dump-schema.sh" | diff "$BASELINE/schema.sql" -
