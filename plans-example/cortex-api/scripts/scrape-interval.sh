#!/usr/bin/env bash
# Sets how often Prometheus reads both services: scrape-interval.sh 5s (closer monitoring) or 30s (normal).
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
interval=${1:?how often, such as 5s}

for service in api-service auth-service; do
  kube patch servicemonitor "$service" --type json \
    --patch "[{\"op\": \"replace\", \"path\": \"/spec/endpoints/0/interval\", \"value\": \"$interval\"}]"
done
