#!/usr/bin/env bash
# Prints an object so that it can be put back later: export-object.sh KIND NAME
# What the cluster adds is left out: an old resourceVersion would make every replacement a conflict.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube get "${1:?the kind}" "${2:?the name}" -o json | jq --sort-keys 'del(
    .status,
    .metadata.uid, .metadata.resourceVersion, .metadata.generation, .metadata.creationTimestamp,
    .metadata.managedFields, .metadata.annotations["deployment.kubernetes.io/revision"],
    .metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]
  )'
