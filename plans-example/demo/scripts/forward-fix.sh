#!/usr/bin/env bash
# Past the point of no return: deploys 2.0.1, which runs on schema 3 and does not fail.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
level=$(service state schema-version)
if [[ $level -lt 3 ]]; then
  echo "error: Schema $level can still be rolled back: use migrate-down.sh, or deploy.sh 2.0.1 to go forward." >&2
  exit 1
fi
service process deploy 2.0.1
