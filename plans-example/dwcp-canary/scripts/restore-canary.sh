#!/usr/bin/env bash
# Puts the canary deployment back to the pods and the number of them that the baseline kept.
# Needs KUBE_CONTEXT and BASELINE.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}" "${BASELINE:?the folder of the baseline}"

patch=$(jq -c '[{op: "replace", path: "/spec/template", value: .spec.template},
  {op: "replace", path: "/spec/replicas", value: .spec.replicas}]' "$BASELINE/canary-deployment.json")
kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s \
  patch deployment dwcp-canary --type json --patch "$patch"
