#!/usr/bin/env bash
# Asks once for everything in critical-paths.txt, so that the first users do not wait for it.
set -euo pipefail

while read -r path; do
  curl --fail --silent --show-error --max-time 5 --output /dev/null "$LOAD_BALANCER_URL$path"
done < "$(dirname "${BASH_SOURCE[0]}")/critical-paths.txt"
