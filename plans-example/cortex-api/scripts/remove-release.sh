#!/usr/bin/env bash
# Removes what the change brought, service by service, where no traffic goes to it any more.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for service in api-service auth-service; do
  share=$(release_share "$service")
  if ((share > 0)); then
    echo "$service-$release stays: $share % of the traffic go there"
    continue
  fi
  name=${service%-service}
  kube delete --ignore-not-found --wait=false ingress "$service-$release"
  kube delete --ignore-not-found --wait=false deployment "$service-$release"
  kube delete --ignore-not-found --wait=false service "$service-${release//./-}"
  kube delete --ignore-not-found --wait=false configmap "$name-config-$release"
done
