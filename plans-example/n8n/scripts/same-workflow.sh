#!/usr/bin/env bash
# Compares the workflow with the baseline and shows every difference. With NODE_NAME it compares that node.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

select_part() {
  jq --sort-keys --arg node "${NODE_NAME:-}" 'if $node == "" then . else .nodes[] | select(.name == $node) end'
}

now=$(n8n GET "$workflow" | writable | select_part)
before=$(writable < "$BASELINE/workflow.json" | select_part)
if [[ -z $before ]]; then
  echo "error: the workflow had no node '${NODE_NAME:-}' before the change." >&2
  exit 1
fi
diff --label before --label now <(echo "$before") <(echo "$now")
