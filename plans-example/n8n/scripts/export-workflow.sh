#!/usr/bin/env bash
# Prints the workflow in the form that n8n takes back.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

n8n GET "$workflow" | writable
