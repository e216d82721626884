#!/usr/bin/env bash
# Rehearsals only: deploys the change.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${ENVIRONMENT:?the name of the environment} == production ]]; then
  echo "error: deploy.sh is for rehearsals and does nothing in production." >&2
  exit 2
fi
kube set image "deployment/$deployment" "payment=$RELEASE_IMAGE"
kubectl --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" rollout status "deployment/$deployment" --timeout=150s
