#!/usr/bin/env bash
# Ends an injected failure.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service request stop-injection
