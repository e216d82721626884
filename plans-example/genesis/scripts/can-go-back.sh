#!/usr/bin/env bash
# Fails unless git can go back, so that nothing is stopped in vain. Needs GENESIS_HOME, PREVIOUS_TAG, PREVIOUS_COMMIT.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
pinned "$PREVIOUS_TAG" "$PREVIOUS_COMMIT"
changed=$(git -C "$GENESIS_HOME" status --porcelain --untracked-files=no)
if [[ -n $changed ]]; then
  printf 'error: somebody has edited files of the release by hand; git would refuse or lose this:\n%s\n' "$changed" >&2
  exit 1
fi
