#!/usr/bin/env bash
# Prints the version of the pods that take requests; fails where they differ.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube get pods --selector "app=$deployment" -o json | jq -er '
  [.items[] | select(any(.status.conditions[]?; .type == "Ready" and .status == "True"))
    | .spec.containers[] | select(.name == "payment").image | sub("@.*"; "") | sub(".*:"; "")] | unique |
  if length == 1 then .[0] else "error: ready pods run \(if . == [] then "nothing" else join(", ") end)\n" | halt_error(1) end'
