#!/usr/bin/env bash
# Passes when the schema is that of v2.0: no migration after 007. Needs DATABASE_URL.
set -euo pipefail
level=$("$(dirname "${BASH_SOURCE[0]}")/migration-level.sh")
[[ $level -le 7 ]]
