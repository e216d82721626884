#!/usr/bin/env bash
# Checks the second copy against the baseline and restores it, all or nothing.
set -euo pipefail
: "${BASELINE:?}" "${SECOND_COPY_DIR:?}" "${OPERATION:?}"

sha256sum --check "$BASELINE/second-copy.sha256"
"$(dirname "${BASH_SOURCE[0]}")/restore-database.sh" "$SECOND_COPY_DIR/$OPERATION.dump"
