#!/usr/bin/env bash
# Prints the share of requests, in percent, that the virtual service sends to the canary. Needs KUBE_CONTEXT.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"

# A route without a weight takes everything when it stands alone.
kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s get virtualservice dwcp-service -o json |
  jq '[.spec.http[0].route[] | select(.destination.host == "dwcp-canary") | .weight // 100] | add // 0'
