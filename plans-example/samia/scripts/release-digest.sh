#!/usr/bin/env bash
# Prints one digest of all files of a release: release-digest.sh VERSION. Needs SAMIA_HOME.
set -euo pipefail
cd "$SAMIA_HOME/releases/${1:?the version}"
find . -type f -not -name '*.pyc' -print0 | sort --zero-terminated | xargs --null sha256sum | sha256sum | cut -d' ' -f1
