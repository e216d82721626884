#!/usr/bin/env bash
# Prints how many per cent of a service's traffic go to the release: traffic-share.sh SERVICE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
release_share "${1:?the service}"
