#!/usr/bin/env bash
# Prints the checkpoint of the round that the baseline kept, as the service sees it now. Needs DWCP_URL and BASELINE.
set -euo pipefail
: "${BASELINE:?the folder of the baseline}"

read -r round _ < "$BASELINE/dag-checkpoint.txt"
"$(dirname "${BASH_SOURCE[0]}")/dag-checkpoint.sh" "$round"
