#!/usr/bin/env bash
# Prints how the last execution of the workflow ended.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

n8n GET "executions?workflowId=$WORKFLOW_ID&limit=1" | jq -er '.data[0].status'
