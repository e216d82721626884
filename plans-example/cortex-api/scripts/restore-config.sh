#!/usr/bin/env bash
# Puts a service's configuration back and restarts it, if it is another one now: restore-config.sh SERVICE FILE
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
source "$folder/common.sh"
service=${1:?the service} file=${2:?the file of the baseline}

name=$(jq -er .metadata.name "$file")
now=$("$folder/export-object.sh" configmap "$name")
if [[ $(jq -S '[.data, .binaryData]' <<< "$now") == "$(jq -S '[.data, .binaryData]' "$file")" ]]; then
  echo "$name is as it was before the change"
  exit 0
fi
kube replace -f "$file"
kube rollout restart deployment "$service"
