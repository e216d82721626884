#!/usr/bin/env bash
# Makes the name of the database lead to a cluster: point-service.sh old|new
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

which=${1:?old or new}
kube patch service orders-db --type merge \
  --patch "{\"spec\": {\"externalName\": \"orders-$which.$REGION.$ENVIRONMENT.internal\"}}"
