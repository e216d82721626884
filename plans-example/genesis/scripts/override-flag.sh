#!/usr/bin/env bash
# Writes Phase 4 as off into the override file; other overrides stay. Needs GENESIS_HOME.
set -euo pipefail
file=$GENESIS_HOME/config/feature_flags_override.json
part=$(mktemp "$file.XXXXXX")
trap 'rm -f "$part"' EXIT
if [[ -s $file ]]; then cat "$file"; else echo '{}'; fi |
  jq '.phase_4_deployment = {enabled: false, rollout_percentage: 0}' >"$part"
chmod 644 "$part"
mv "$part" "$file" # at once: the service never reads half a file
