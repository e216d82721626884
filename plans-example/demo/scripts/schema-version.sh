#!/usr/bin/env bash
# Prints the schema of the database: 1, 2 or 3.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state schema-version
