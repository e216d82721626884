#!/usr/bin/env bash
# docker compose for the Genesis project: compose.sh ARGUMENTS. Needs GENESIS_HOME.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
compose "$@"
