#!/usr/bin/env bash
# Turns new orders away, or lets them in again, whichever version runs: drain.sh on|off
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state drain "$@"
