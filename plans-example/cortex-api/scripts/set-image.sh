#!/usr/bin/env bash
# Gives a container an image, pinned by its digest: set-image.sh DEPLOYMENT CONTAINER IMAGE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
deployment=${1:?the deployment} container=${2:?the container} image=${3:?the image}

if [[ $image != *@sha256:* ]]; then
  echo "error: $image has no digest; a tag may mean something else tomorrow." >&2
  exit 2
fi
kube set image "deployment/$deployment" "$container=$image"
kube annotate deployment "$deployment" --overwrite "kubernetes.io/change-cause=rollback of ${OPERATION:-unknown}: $image"
