#!/usr/bin/env bash
# Sets the share of the traffic of this region: set-weight.sh WEIGHT
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

traffic PUT "/regions/$REGION/weight" --header 'Content-Type: application/json' --data "{\"weight\": ${1:?the weight}}"
