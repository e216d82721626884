#!/usr/bin/env bash
# Makes the canary answer three requests in ten with status 500: inject-errors.sh; or lets it be well again:
# inject-errors.sh --stop. The service honours the variable outside production only. Needs KUBE_CONTEXT.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"

rate=DWCP_FAULT_ERROR_RATE=0.3
if [[ ${1:-} == --stop ]]; then
  rate=DWCP_FAULT_ERROR_RATE-
fi

kubectl --context "$KUBE_CONTEXT" --namespace dwcp set env deployment/dwcp-canary "$rate"
kubectl --context "$KUBE_CONTEXT" --namespace dwcp rollout status deployment/dwcp-canary --timeout 120s
