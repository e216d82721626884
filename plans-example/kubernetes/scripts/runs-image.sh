#!/usr/bin/env bash
# Says whether the deployment is on PREVIOUS_IMAGE: "template" asks for its wish only, otherwise for every replica.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube get deployment "$deployment" -o json | jq -er --arg image "$PREVIOUS_IMAGE" --arg extent "${1:-replicas}" '
  .spec.template.spec.containers[0].image as $runs | (.spec.replicas // 1) as $wanted |
  if $runs != $image then "\($runs) is wished for, not \($image)\n" | halt_error(1)
  elif $extent == "template" then $runs
  elif .status.observedGeneration != .metadata.generation or .status.updatedReplicas != $wanted
    or .status.availableReplicas != $wanted or .status.replicas != $wanted
  then "not every one of \($wanted) replicas is new and available\n" | halt_error(1)
  else "\($wanted) replicas of \($runs)" end'
