#!/usr/bin/env bash
# Prints how many user sessions there are. SCAN, not KEYS: KEYS stops the server while it looks.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
redis --scan --pattern 'session:*' | wc -l
