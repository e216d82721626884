#!/usr/bin/env bash
# Makes config/ what it was before the change; the flag overrides stay: restore-config.sh ARCHIVE. Needs GENESIS_HOME.
set -euo pipefail
archive=${1:?the archive}
fresh=$(mktemp --directory)
trap 'rm -rf "$fresh"' EXIT
tar --extract --gzip --file "$archive" --directory "$fresh" ./config
rsync --archive --checksum --delete --exclude=/feature_flags_override.json "$fresh/config/" "$GENESIS_HOME/config/"
