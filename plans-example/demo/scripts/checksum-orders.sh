#!/usr/bin/env bash
# Prints a digest of the orders up to an id, or of all: checksum-orders.sh [LAST_ID] [--split-names]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state checksum-orders "$@"
