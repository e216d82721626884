#!/usr/bin/env bash
# Whether this run has opened a provider's circuit breaker, and may close it again: was-opened.sh PROVIDER.
# In the scenario `payments` open breakers are the remedy; a person closes them. Needs INCIDENT_DIR.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
step=phases/isolate/${1:?the provider}
[[ $(scenario) != payments ]]
jq -en --arg step "$step" \
  'any(inputs; .type == "step.finished" and .data.step == $step and .data.result == "passed")' \
  "$INCIDENT_DIR/journal.jsonl"
