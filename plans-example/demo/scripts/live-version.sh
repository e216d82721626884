#!/usr/bin/env bash
# Prints the version that answers now.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service request live-version
