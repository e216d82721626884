#!/usr/bin/env bash
# Packs the work tree, without what belongs to no version: back-up-tree.sh ARCHIVE. Needs GENESIS_HOME.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
tar --create --gzip --file "${1:?the archive}" "${never_touch[@]/#/--exclude=./}" --directory "$GENESIS_HOME" .
