#!/usr/bin/env bash
# Takes the database from schema 2 back to 1 and keeps every order.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state migrate-down
