#!/usr/bin/env bash
# Rehearsals only: makes requests fail. v2.1 looks for auth-service where nobody listens, and a load asks all the time;
# health checks stay green, so it is the error rate that has to notice.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
not_in_production

kube set env "deployment/api-service-$release" AUTH_URL=http://127.0.0.1:9
kube create deployment rehearsal-load --replicas=2 \
  --image=registry.example.com/tools/curl:8.10.1@sha256:6a3c9e5d1b7f2048a6c3e9d5b1f7024868ace0246813579bdf02468acefdb975 \
  -- sh -c "while true; do curl --silent --max-time 5 --output /dev/null '$LOAD_BALANCER_URL/api/v1/me'; sleep 0.1; done"
