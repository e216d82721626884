#!/usr/bin/env bash
# Prints the version of the configuration that the load balancer runs.
set -euo pipefail

curl --fail --silent --show-error --max-time 5 "$LOAD_BALANCER_ADMIN_URL/configuration" | jq -e .version
