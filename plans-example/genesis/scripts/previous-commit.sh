#!/usr/bin/env bash
# Before the change: prints the commit that runs, and fails unless it is the one that the plan goes back to.
# Needs GENESIS_HOME, PREVIOUS_TAG, PREVIOUS_COMMIT.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
pinned "$PREVIOUS_TAG" "$PREVIOUS_COMMIT"
commit=$(git -C "$GENESIS_HOME" rev-parse HEAD)
if [[ $commit != "$PREVIOUS_COMMIT" ]]; then
  echo "error: $commit is checked out, and the plan goes back to $PREVIOUS_COMMIT ($PREVIOUS_TAG)." >&2
  exit 1
fi
echo "$commit"
