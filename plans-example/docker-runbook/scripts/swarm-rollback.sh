#!/usr/bin/env bash
# Gives a service the specification back that it had before its last update. Needs SERVICE and IMAGE.
# A second `docker service rollback` would bring the failed release back, so it only runs where it leads to IMAGE.
set -euo pipefail
: "${SERVICE:?the name of the swarm service}" "${IMAGE:?the image with its digest that must run afterwards}"

service=$(docker service inspect "$SERVICE" --format '{{json .}}')
current=$(jq -r '.Spec.TaskTemplate.ContainerSpec.Image' <<<"$service")
previous=$(jq -r '.PreviousSpec.TaskTemplate.ContainerSpec.Image // ""' <<<"$service")

if [[ $current == *"${IMAGE##*@}" ]]; then
  echo "$SERVICE has $IMAGE already."
elif [[ $previous == *"${IMAGE##*@}" ]]; then
  docker service rollback --detach=false --quiet "$SERVICE"
else
  echo "error: Before its last update $SERVICE had '$previous' and not $IMAGE: a rollback would lead elsewhere." >&2
  exit 1
fi

"$(dirname "${BASH_SOURCE[0]}")/runs-image.sh"
