#!/usr/bin/env bash
# Rehearsals only: deploys the change with Phase 4 at 100 %. Needs GENESIS_HOME, BASE_URL, RELEASE_TAG, RELEASE_COMMIT.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
source "$scripts/common.sh"
not_in_production
pinned "$RELEASE_TAG" "$RELEASE_COMMIT"
rm -f "$GENESIS_HOME/config/feature_flags_override.json"
"$scripts/check-out.sh" "$RELEASE_COMMIT"
compose build --quiet "$service"
"$scripts/start-service.sh"
curl --fail --silent --show-error --max-time 5 --json '{"enabled": true, "rollout_percentage": 100}' \
  "$BASE_URL/api/feature-flags/phase_4_deployment"
