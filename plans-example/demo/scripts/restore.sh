#!/usr/bin/env bash
# Puts a backup into place; orders written since then are set aside: restore.sh FILE
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state restore "$@"
