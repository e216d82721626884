#!/usr/bin/env bash
# Rehearsals only: takes back what simulate-failure.sh did.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
not_in_production

kube delete deployment rehearsal-load --ignore-not-found --wait=false
if [[ -n $(kube get deployment "api-service-$release" --ignore-not-found -o name) ]]; then
  kube set env "deployment/api-service-$release" AUTH_URL-
fi
