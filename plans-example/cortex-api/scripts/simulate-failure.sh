#!/usr/bin/env bash
# Rehearsals only: makes requests fail. v2.1 looks for auth-service where nobody listens, and a load asks all the time;
# health checks stay green, so it is the error rate that has to notice.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
not_in_production

kube set env "deployment/api-service-$release" AUTH_URL=http://127.0.0.1:9
jq -n --arg url "$LOAD_BALANCER_URL/api/v1/me" '{
  apiVersion: "apps/v1", kind: "Deployment", metadata: {name: "rehearsal-load"},
  spec: {replicas: 2, selector: {matchLabels: {app: "rehearsal-load"}}, template: {
    metadata: {labels: {app: "rehearsal-load"}},
    spec: {containers: [{
      name: "curl",
      image: "registry.example.com/tools/curl:8.10.1@sha256:6a3c9e5d1b7f2048a6c3e9d5b1f7024868ace0246813579bdf02468acefdb975",
      command: ["sh", "-c", "while true; do curl --silent --max-time 5 --output /dev/null \"$URL\"; sleep 0.1; done"],
      env: [{name: "URL", value: $url}]
    }]}
  }}
}' | kube apply -f -
