#!/usr/bin/env bash
# Restarts orders, so that no pool keeps connections to the other cluster, and waits for it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube rollout restart deployment orders
kubectl --context "$ENVIRONMENT-$REGION" --namespace "$NAMESPACE" rollout status deployment orders --timeout=55s
