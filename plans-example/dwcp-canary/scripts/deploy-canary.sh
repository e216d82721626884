#!/usr/bin/env bash
# Deploys the new version as the canary and gives it five percent of the requests.
# Needs KUBE_CONTEXT, CANARY_IMAGE and CANARY_VERSION.
set -euo pipefail
: "${KUBE_CONTEXT:?the kubectl context}"
: "${CANARY_IMAGE:?the image with its digest}" "${CANARY_VERSION:?the version of that image}"

kube() {
  kubectl --context "$KUBE_CONTEXT" --namespace dwcp --request-timeout 10s "$@"
}

template=$(jq -n --arg image "$CANARY_IMAGE" --arg version "$CANARY_VERSION" '{spec: {replicas: 2, template: {
  metadata: {labels: {"app.kubernetes.io/version": $version}},
  spec: {containers: [{name: "dwcp-manager", image: $image}]}}}}')
kube patch deployment dwcp-canary --type strategic --patch "$template"
kubectl --context "$KUBE_CONTEXT" --namespace dwcp rollout status deployment/dwcp-canary --timeout 120s

# Traffic only after the pods are ready.
routes='[{"op": "replace", "path": "/spec/http/0/route", "value": [
  {"destination": {"host": "dwcp-baseline"}, "weight": 95}, {"destination": {"host": "dwcp-canary"}, "weight": 5}]}]'
kube patch virtualservice dwcp-service --type json --patch "$routes"
