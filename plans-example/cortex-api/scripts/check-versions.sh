#!/usr/bin/env bash
# Says whether what takes the traffic is what should run after this rollback, on every replica.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

case $(scenario) in
  database-only) api=$RELEASE_API_IMAGE auth=$RELEASE_AUTH_IMAGE ;;
  auth-only) api=$RELEASE_API_IMAGE auth=$AUTH_IMAGE ;;
  *) api=$API_IMAGE auth=$AUTH_IMAGE ;;
esac

# check SERVICE IMAGE
check() {
  local deployment share
  share=$(release_share "$1")
  case $share in
    0) deployment=$1 ;;
    100) deployment=$1-$release ;;
    *) echo "$1: traffic is split, $share % of it at the release" >&2 && return 1 ;;
  esac
  kube get deployment "$deployment" -o json | jq -re --arg image "$2" '
    .spec.template.spec.containers[0].image as $runs | (.spec.replicas // 0) as $wanted |
    if $runs != $image then "\(.metadata.name) runs \($runs), not \($image)\n" | halt_error(1)
    elif $wanted == 0 or .status.updatedReplicas != $wanted or .status.availableReplicas != $wanted
      or .status.observedGeneration != .metadata.generation
    then "\(.metadata.name): not every one of \($wanted) replicas is available and new\n" | halt_error(1)
    else "\(.metadata.name): \($wanted) replicas of \($runs)" end'
}

check api-service "$api"
check auth-service "$auth"

tag=${api%@*}
live=$("$(dirname "${BASH_SOURCE[0]}")/live-version.sh")
if [[ $live != "${tag##*:}" ]]; then
  echo "users get $live, not ${tag##*:}" >&2
  exit 1
fi
