#!/usr/bin/env bash
# Makes the running service fail: inject-failure.sh [--type high_error_rate|unhealthy] [--rate 0.6]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service request inject-failure "$@"
