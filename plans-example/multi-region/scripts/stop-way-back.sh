#!/usr/bin/env bash
# Stops the way back, so that the old cluster alone decides what is in it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

on old -c "ALTER SUBSCRIPTION $way_back DISABLE"
