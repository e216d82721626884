#!/usr/bin/env bash
# Passes when the canary deployment no longer asks for the new image. Needs KUBE_CONTEXT and CANARY_IMAGE.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}" "${CANARY_IMAGE:?the image with its digest}"

kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 5s get deployment dwcp-canary -o json |
  jq -e --arg image "$CANARY_IMAGE" 'all(.spec.template.spec.containers[]; .image != $image)' > /dev/null
