#!/usr/bin/env bash
# Asks every pod for its health, through the API server: the image needs no curl for that.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

pods=$(kube get pods --selector "app=$deployment" --field-selector status.phase=Running -o json | jq -er '
  [.items[] | select(.metadata.deletionTimestamp | not) | .metadata.name] | if . == [] then empty else .[] end') || {
  echo "error: there is no pod of $deployment." >&2
  exit 1
}

bad=0
while read -r pod; do
  status=$(kube get --raw "/api/v1/namespaces/$NAMESPACE/pods/$pod:8080/proxy/health" | jq -r .status) || status=unreachable
  echo "$pod: $status"
  [[ $status == healthy ]] || bad=1
done <<< "$pods"
exit "$bad"
