#!/usr/bin/env bash
# Prints the version that new requests may meet: the canary's while it gets any, else the baseline's.
# Needs KUBE_CONTEXT.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"

weight=$("$(dirname "${BASH_SOURCE[0]}")/canary-weight.sh")
deployment=dwcp-baseline
if [[ $weight -gt 0 ]]; then
  deployment=dwcp-canary
fi

kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s get deployment "$deployment" -o json |
  jq -er '.spec.template.metadata.labels["app.kubernetes.io/version"]'
