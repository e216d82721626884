#!/usr/bin/env bash
# Prints how many pods the baseline lacks: 0 when all that are wanted are ready. Needs KUBE_CONTEXT.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"

kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s get deployment dwcp-baseline -o json |
  jq '.spec.replicas - (.status.readyReplicas // 0)'
