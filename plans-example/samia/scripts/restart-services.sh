#!/usr/bin/env bash
# Starts the current release, the API first, and fails unless both units stay up. Does nothing to what they need.
set -euo pipefail
units=(samia-tarot-api.service samia-tarot-worker.service)
for unit in "${units[@]}"; do
  systemctl restart "$unit"
done
sleep 2 # a unit that ends at once was active for a moment
systemctl is-active "${units[@]}"
