#!/usr/bin/env bash
# Ends the service and deletes everything about the environment.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service process tear-down
