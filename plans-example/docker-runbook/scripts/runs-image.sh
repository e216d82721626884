#!/usr/bin/env bash
# Passes when every task of a service that should run does run, with exactly this image. Needs SERVICE and IMAGE.
set -euo pipefail
: "${SERVICE:?the name of the swarm service}" "${IMAGE:?the image with its digest}"

service=$(docker service inspect "$SERVICE" --format '{{json .}}')
wanted=$(jq -r '.Spec.Mode.Replicated.Replicas' <<<"$service")
digest=${IMAGE##*@}

running=$(docker service ps "$SERVICE" --no-trunc --filter desired-state=running --format '{{json .}}' |
  jq -s --arg digest "$digest" 'map(select((.CurrentState | startswith("Running")) and (.Image | endswith($digest)))) | length')

if [[ $running -ne $wanted ]]; then
  echo "error: $running of $wanted tasks of $SERVICE run $IMAGE." >&2
  exit 1
fi
echo "$SERVICE: $running of $wanted tasks run $IMAGE."
