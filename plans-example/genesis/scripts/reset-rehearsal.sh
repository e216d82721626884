#!/usr/bin/env bash
# Rehearsals only: leaves the previous version running, without overrides. Needs GENESIS_HOME, PREVIOUS_COMMIT.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
source "$scripts/common.sh"
not_in_production
rm -f "$GENESIS_HOME/config/feature_flags_override.json"
git -C "$GENESIS_HOME" reset --quiet --hard # option B leaves files of the backup where git has those of the release
"$scripts/check-out.sh" "$PREVIOUS_COMMIT"
"$scripts/start-service.sh"
