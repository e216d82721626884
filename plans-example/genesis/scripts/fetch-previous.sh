#!/usr/bin/env bash
# Gets the previous version's commit from the repository, where this host has lost it.
# Needs GENESIS_HOME, GENESIS_REPOSITORY, PREVIOUS_TAG, PREVIOUS_COMMIT.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
export GIT_TERMINAL_PROMPT=0
git -C "$GENESIS_HOME" fetch --quiet --no-tags "$GENESIS_REPOSITORY" "+refs/tags/$PREVIOUS_TAG:refs/tags/$PREVIOUS_TAG"
pinned "$PREVIOUS_TAG" "$PREVIOUS_COMMIT"
