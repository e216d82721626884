#!/usr/bin/env bash
# Puts the files of one pinned commit on disk: check-out.sh COMMIT. Needs GENESIS_HOME.
set -euo pipefail
commit=${1:?the full commit id}
if [[ ! $commit =~ ^[0-9a-f]{40}$ ]]; then
  echo "error: '$commit' is no full commit id; names such as HEAD~1 move." >&2
  exit 2
fi
git -C "$GENESIS_HOME" checkout --quiet --detach "$commit"
git -C "$GENESIS_HOME" log -1 --format='now at %H %s'
