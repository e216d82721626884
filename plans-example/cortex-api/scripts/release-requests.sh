#!/usr/bin/env bash
# Prints how many requests the release got in the last thirty seconds. Probes of the cluster do not count.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube logs --selector "app in (api-service-$release, auth-service-$release)" --since=30s --tail=-1 |
  jq -Rn '[inputs | fromjson? | select(.event == "request" and .path != "/health")] | length'
