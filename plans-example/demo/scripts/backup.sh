#!/usr/bin/env bash
# Saves a consistent copy of the database, also while the service writes: backup.sh FILE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state backup "$@"
