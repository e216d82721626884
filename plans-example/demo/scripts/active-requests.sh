#!/usr/bin/env bash
# Prints how many requests for orders are in flight.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service request active-requests
