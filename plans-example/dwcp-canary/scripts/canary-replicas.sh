#!/usr/bin/env bash
# Prints how many pods of the canary there are, those that end not counted. Needs KUBE_CONTEXT.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"

kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s get deployment dwcp-canary -o json |
  jq '[.spec.replicas, .status.replicas // 0] | max'
