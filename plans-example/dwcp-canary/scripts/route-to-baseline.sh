#!/usr/bin/env bash
# Sends all requests to the baseline: changes the targets of the first route, and only if it is the one called "primary".
# Needs KUBE_CONTEXT.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"

kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 4s \
  patch virtualservice dwcp-service --type json --patch '[
    {"op": "test", "path": "/spec/http/0/name", "value": "primary"},
    {"op": "replace", "path": "/spec/http/0/route", "value": [
      {"destination": {"host": "dwcp-baseline"}, "weight": 100}]}]'
