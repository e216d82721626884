#!/usr/bin/env bash
# Ends the service; fine if none runs.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service process stop
