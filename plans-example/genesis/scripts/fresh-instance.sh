#!/usr/bin/env bash
# Builds and starts the previous version in a new folder beside the failed one, which is not touched. May be run again.
# Needs GENESIS_HOME, GENESIS_REPOSITORY, PREVIOUS_TAG, PREVIOUS_COMMIT.
set -euo pipefail
failed=$GENESIS_HOME
export GENESIS_HOME=$failed-emergency GIT_TERMINAL_PROMPT=0
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ! -d $GENESIS_HOME/.git ]]; then
  git clone --quiet --no-checkout "$GENESIS_REPOSITORY" "$GENESIS_HOME"
fi
pinned "$PREVIOUS_TAG" "$PREVIOUS_COMMIT"
git -C "$GENESIS_HOME" checkout --quiet --detach "$PREVIOUS_COMMIT"

# Settings of the machine and data are in no repository.
for name in .env data; do
  [[ ! -e $failed/$name ]] || rsync --archive "$failed/$name" "$GENESIS_HOME/"
done
mkdir -p "$GENESIS_HOME/logs"

# The same project name: the same volumes, so the database is the one of before and not an empty one.
compose build --quiet "$service"
compose up --detach --pull never --wait --wait-timeout 120
