#!/usr/bin/env bash
# Rehearsals only: leaves the previous version running on its schema.
# Needs SAMIA_HOME, PREVIOUS_VERSION, PREVIOUS_COMMIT, PREVIOUS_LEVEL.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
source "$scripts/common.sh"
not_in_production
"$scripts/migrate-down.sh" "$PREVIOUS_LEVEL"
"$scripts/switch-release.sh" "$PREVIOUS_VERSION" "$PREVIOUS_COMMIT"
"$scripts/restart-services.sh"
