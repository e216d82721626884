#!/usr/bin/env bash
# Fails unless the feature flags are as this run has to leave them. Needs MONITORING_URL, MONITORING_AUTHORIZATION.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
off='{"community_enabled": false, "notifications_enabled": false, "personalization_enabled": false}'
case $(scenario) in
  payments) safe='{}' ;; # touches no flag
  slow) safe='{"personalization_enabled": false, "rate_limiting_enabled": true}' ;;
  *) safe=$(jq '.rate_limiting_enabled = true' <<<"$off") ;;
esac
flags=$(monitoring /flags)
wrong=$(jq -r --argjson safe "$safe" \
  '. as $flags | $safe | to_entries[] | select($flags[.key] != .value) | .key' <<<"$flags")
if [[ -n $wrong ]]; then
  echo "not in a safe state: ${wrong//$'\n'/, }" >&2
  exit 1
fi
