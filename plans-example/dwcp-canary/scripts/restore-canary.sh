#!/usr/bin/env bash
# Puts the canary deployment back to the pods and the number of them that the baseline kept.
# Needs KUBE_CONTEXT, BASELINE and CANARY_IMAGE.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}" "${BASELINE:?the folder of the baseline}"
: "${CANARY_IMAGE:?the image with its digest}"
saved="$BASELINE/canary-deployment.json"

if jq -e --arg image "$CANARY_IMAGE" 'any(.spec.template.spec.containers[]; .image == $image)' "$saved" > /dev/null; then
  echo "error: The baseline has the new image: it was taken after the change, and there is nothing to go back to." >&2
  exit 1
fi

patch=$(jq -c '[{op: "replace", path: "/spec/template", value: .spec.template},
  {op: "replace", path: "/spec/replicas", value: .spec.replicas}]' "$saved")
kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s \
  patch deployment dwcp-canary --type json --patch "$patch"
