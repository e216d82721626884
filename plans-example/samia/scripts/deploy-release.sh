#!/usr/bin/env bash
# Rehearsals only: deploys the change. Needs SAMIA_HOME, RELEASE_VERSION, RELEASE_COMMIT, RELEASE_LEVEL.
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
source "$scripts/common.sh"
not_in_production
cd "$SAMIA_HOME/releases/$RELEASE_VERSION"
venv/bin/python migrate.py up --target="$RELEASE_LEVEL"
"$scripts/switch-release.sh" "$RELEASE_VERSION" "$RELEASE_COMMIT"
"$scripts/restart-services.sh"
