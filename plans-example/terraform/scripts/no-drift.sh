#!/usr/bin/env bash
# Says whether Terraform has anything left to do for the previous configuration, and shows what.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

unpack "$PREVIOUS_CONFIGURATION"
tf plan -lock=false -detailed-exitcode || {
  echo "error: this is not what commit $PREVIOUS_CONFIGURATION describes." >&2
  exit 1
}
