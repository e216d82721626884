#!/usr/bin/env bash
# Deploys a version of the API and waits for it: deploy.sh --env ENVIRONMENT --version VERSION. Needs KUBE_CONTEXT.
set -euo pipefail
if [[ $# -ne 4 || $1 != --env || $3 != --version ]]; then
  echo "usage: deploy.sh --env ENVIRONMENT --version VERSION" >&2
  exit 2
fi
kubectl --context "${KUBE_CONTEXT:?}" --namespace "$2" set image deployment/api "api=registry.example.com/api:$4"
kubectl --context "$KUBE_CONTEXT" --namespace "$2" rollout status deployment/api --timeout 4m
