#!/usr/bin/env bash
# Takes migrations back: migrate-down.sh LEVEL. Nothing to do where the level is reached.
# Needs SAMIA_HOME, RELEASE_VERSION and the PG variables.
set -euo pipefail
scripts=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
target=${1:?the level to go back to}
level=$("$scripts/migration-level.sh")
if ((level <= target)); then
  echo "the database is at migration $level"
  exit 0
fi
cd "$SAMIA_HOME/releases/$RELEASE_VERSION" # the release alone knows how its own migrations are taken back
venv/bin/python migrate.py down --target="$target"
level=$("$scripts/migration-level.sh")
if ((level != target)); then
  echo "error: migrate.py has ended at migration $level instead of $target." >&2
  exit 1
fi
