#!/usr/bin/env bash
# Replaces the version that runs by a healthy one: deploy.sh VERSION [--finish-migration] [--within SECONDS]
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service process deploy "$@"
