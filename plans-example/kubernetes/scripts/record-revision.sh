#!/usr/bin/env bash
# Prints the revision that runs now. It must be PREVIOUS_IMAGE: a baseline of anything else leads nowhere.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube get deployment "$deployment" -o json | jq -er --arg image "$PREVIOUS_IMAGE" '
  if .spec.template.spec.containers[0].image != $image
  then "error: \(.spec.template.spec.containers[0].image) runs, not \($image)\n" | halt_error(1)
  else .metadata.annotations["deployment.kubernetes.io/revision"] end'
