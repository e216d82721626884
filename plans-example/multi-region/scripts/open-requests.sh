#!/usr/bin/env bash
# Prints how many requests are open in the region.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

traffic GET "/regions/$REGION" | jq -e .open_requests
