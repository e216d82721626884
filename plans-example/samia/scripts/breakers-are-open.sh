#!/usr/bin/env bash
# Fails unless the circuit breakers are as this run has to leave them. Needs MONITORING_URL, MONITORING_AUTHORIZATION.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
case $(scenario) in
  payments) wanted='["stripe", "square"]' ;;
  features | slow | migration-failed) wanted='[]' ;; # touch no breaker
  *) wanted='["stripe", "square", "twilio_sms", "fcm", "apns"]' ;;
esac
breakers=$(monitoring /breakers)
wrong=$(jq -r --argjson wanted "$wanted" '. as $now | $wanted[] | select($now[.] != "open")' <<<"$breakers")
if [[ -n $wrong ]]; then
  echo "not open: ${wrong//$'\n'/, }" >&2
  exit 1
fi
