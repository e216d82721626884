#!/usr/bin/env bash
# Starts the version that is on disk, from the image that bears its name, and waits until it runs. Needs GENESIS_HOME.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
# The service alone: database and monitoring go on. No build and no pull: what runs is what ran before.
compose up --detach --no-deps --no-build --pull never --force-recreate --wait --wait-timeout 45 "$service"
