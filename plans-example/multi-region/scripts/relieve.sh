#!/usr/bin/env bash
# Gives the new cluster twice the processors and connections it has in Git, and waits until it is ready.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube patch postgresql orders-new --type merge \
  --patch '{"spec": {"resources": {"requests": {"cpu": "16"}, "limits": {"cpu": "16"}}, "postgresql": {"parameters": {"max_connections": "800"}}}}'
kubectl --context "$ENVIRONMENT-$REGION" --namespace "$NAMESPACE" wait postgresql/orders-new \
  --for=jsonpath='{.status.PostgresClusterStatus}'=Running --timeout=160s
