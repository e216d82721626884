#!/usr/bin/env bash
# shellcheck disable=SC2016 # what jq is given is not for bash
# Rehearsals only: deploys v2.1 beside v2.0.8 as a copy of it with another image, and gives it all traffic.
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
source "$folder/common.sh"
not_in_production

"$folder/migrate.sh" 7 "$folder/../sql/release-001-007.sql"

# copy KIND NAME NEW-NAME JQ-FILTER [ARGUMENTS OF JQ]: makes NEW-NAME after the example of NAME
copy() {
  "$folder/export-object.sh" "$1" "$2" |
    jq --arg name "$3" "${@:5}" "del(.spec.clusterIP, .spec.clusterIPs) | .metadata.name = \$name | $4" |
    kube apply -f -
}

# deploy SERVICE IMAGE
deploy() {
  local name=${1%-service} new=$1-$release
  local service=$1-${release//./-} # the name of a Service has no dots
  copy configmap "$name-config" "$name-config-$release" .
  copy deployment "$1" "$new" '
    .spec.selector.matchLabels.app = $name | .spec.template.metadata.labels.app = $name |
    .spec.template.spec.containers[0].image = $image |
    (.. | .configMapRef? // empty | select(.name == $config)).name = "\($config)-\($release)"' \
    --arg image "$2" --arg config "$name-config" --arg release "$release"
  copy service "$1" "$service" '.spec.selector.app = $app' --arg app "$new"
  "$folder/wait-for-rollout.sh" "$new"
  copy ingress "$1" "$new" '
    .metadata.annotations["nginx.ingress.kubernetes.io/canary"] = "true" | .metadata.annotations[$weight] = "100" |
    (.. | .backend?.service? // empty).name = $service' \
    --arg weight "$canary_weight" --arg service "$service"
}

deploy auth-service "$RELEASE_AUTH_IMAGE"
deploy api-service "$RELEASE_API_IMAGE"
