#!/usr/bin/env bash
# Puts one node back as it was, and nothing else: restore-node.sh FILE NODE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

file=${1:?the file of the baseline} node=${2:?the name of the node (NODE_NAME)}

before=$(jq -ce --arg node "$node" '.nodes[] | select(.name == $node)' "$file") || {
  echo "error: the workflow had no node '$node' before the change." >&2
  exit 1
}
now=$(n8n GET "$workflow" | writable)
jq -e --arg node "$node" 'any(.nodes[]; .name == $node)' > /dev/null <<< "$now" || {
  echo "error: the workflow has no node '$node' now; restore the whole workflow." >&2
  exit 1
}
jq --argjson before "$before" '.nodes |= map(if .name == $before.name then $before else . end)' <<< "$now" | put_workflow
