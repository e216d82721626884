#!/usr/bin/env bash
# Makes the work tree what it was before the change: restore-tree.sh ARCHIVE. May be run again.
# Needs GENESIS_HOME, PREVIOUS_TAG.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
archive=${1:?the archive}
fresh=$(mktemp --directory "$GENESIS_HOME.restore.XXXXXX")
trap 'rm -rf "$fresh"' EXIT

# Unpacked and looked at beside the work tree: a damaged archive touches nothing.
tar --extract --gzip --file "$archive" --directory "$fresh"
version=$(tr -d '[:space:]' <"$fresh/PRODUCTION_VERSION.txt")
if [[ $version != "$PREVIOUS_TAG" ]]; then
  echo "error: the backup holds $version, and the plan goes back to $PREVIOUS_TAG." >&2
  exit 1
fi

# --delete: files that only the release has would otherwise be loaded by the previous version.
rsync --archive --checksum --delete "${never_touch[@]/#/--exclude=/}" "$fresh/" "$GENESIS_HOME/"
echo "restored $version"
