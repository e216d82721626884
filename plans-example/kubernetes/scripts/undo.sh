#!/usr/bin/env bash
# Goes back to the revision that was recorded before the change. Nothing to do where it runs already.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if "$(dirname "${BASH_SOURCE[0]}")/runs-image.sh" template; then
  exit 0
fi
kube rollout undo "deployment/$deployment" --to-revision="$(< "$BASELINE/revision.txt")"
