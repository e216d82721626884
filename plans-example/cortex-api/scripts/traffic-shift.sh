#!/usr/bin/env bash
# Moves a service's traffic from the release to the previous version: traffic-shift.sh SERVICE SECONDS
# In four equal parts over so many seconds; 0 means at once. Nothing to do where it is there already.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service=${1:?the service} seconds=${2:?over how many seconds}

share=$(release_share "$service")
if ((share == 0)); then
  echo "$service: all traffic is at the previous version"
  exit 0
fi

ready=$(kube get deployment "$service" -o jsonpath='{.status.readyReplicas}')
if ((${ready:-0} == 0)); then
  echo "error: $service has no ready replica; traffic stays where it is." >&2
  exit 1
fi

parts=$((seconds > 0 ? 4 : 1))
for ((left = parts - 1; left >= 0; left--)); do
  kube annotate ingress "$service-$release" --overwrite "$canary_weight=$((share * left / parts))"
  sleep "$((left > 0 ? seconds / parts : 0))"
done
