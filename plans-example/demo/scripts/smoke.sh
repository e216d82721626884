#!/usr/bin/env bash
# Writes one order and reads it back.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service request smoke
