#!/usr/bin/env bash
# Prints the release's logs of the last half hour, each line with its pod.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

kube logs --selector "app in (api-service-$release, auth-service-$release)" --since=30m --tail=-1 --all-containers --prefix
