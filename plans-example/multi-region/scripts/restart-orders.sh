#!/usr/bin/env bash
# Rehearsals only: restarts orders, so that no pool keeps connections to the other cluster, and waits for it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
not_in_production

# kubectl refuses a second restart within the same second.
kube rollout restart deployment orders || { sleep 2 && kube rollout restart deployment orders; }
kubectl --context "$REGION" --namespace "$NAMESPACE" rollout status deployment orders --timeout=55s
