#!/usr/bin/env bash
# Gives a service an image, pinned by its digest, and waits until its tasks run it. Needs SERVICE and IMAGE.
set -euo pipefail
: "${SERVICE:?the name of the swarm service}" "${IMAGE:?the image with its digest}"

if [[ $IMAGE != *@sha256:* ]]; then
  echo "error: $IMAGE has no digest; a tag may point to something else tomorrow." >&2
  exit 2
fi

# --with-registry-auth: the workers pull the image themselves and need the credentials to do so.
docker service update --detach=false --quiet --with-registry-auth --image "$IMAGE" "$SERVICE"
"$(dirname "${BASH_SOURCE[0]}")/runs-image.sh"
