#!/usr/bin/env bash
# Rehearsals only: applies the change.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ ${ENVIRONMENT:?the name of the environment} == production ]]; then
  echo "error: deploy.sh is for rehearsals and does nothing in production." >&2
  exit 2
fi
unpack "$RELEASE_CONFIGURATION"
tf apply -auto-approve
