#!/usr/bin/env bash
# Waits until deployments are rolled out, all at the same time: wait-for-rollout.sh NAME...
# The step's timeout is the limit; the two minutes are for whoever runs this by hand.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

waits=()
for name in "$@"; do
  kubectl --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" rollout status deployment "$name" --timeout=120s &
  waits+=($!)
done
for wait in "${waits[@]}"; do
  wait "$wait" # one after the other: a plain `wait` forgets who failed
done
