#!/usr/bin/env bash
# Fails unless every service of the project runs; names those that do not. Needs GENESIS_HOME.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
wanted=$(compose config --services | sort)
running=$(compose ps --services --status running | sort)
missing=$(comm -23 <(echo "$wanted") <(echo "$running"))
if [[ -n $missing ]]; then
  echo "not running: ${missing//$'\n'/, }" >&2
  exit 1
fi
