#!/usr/bin/env bash
# Prints the share of the traffic of this region.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

traffic GET "/regions/$REGION" | jq -e .weight
