#!/usr/bin/env bash
# Prints the version that the name of the workflow ends with.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

n8n GET "$workflow" | jq -er '.name | capture("(?<version>v[0-9.]+)$").version'
