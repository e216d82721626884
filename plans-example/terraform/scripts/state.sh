#!/usr/bin/env bash
# Prints what Terraform knows of the load balancer, as JSON.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

unpack "$PREVIOUS_CONFIGURATION"
terraform -chdir="$work" show -json -no-color
