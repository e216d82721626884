#!/usr/bin/env bash
# Prints how many orders the database holds.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state count-orders
