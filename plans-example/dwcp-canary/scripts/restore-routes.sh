#!/usr/bin/env bash
# Puts the whole routing back to what it was before the change. Needs KUBE_CONTEXT and BASELINE.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}" "${BASELINE:?the folder of the baseline}"

patch=$(jq -c '[{op: "replace", path: "/spec", value: .spec}]' "$BASELINE/virtual-service.json")
kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s \
  patch virtualservice dwcp-service --type json --patch "$patch"
