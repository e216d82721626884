#!/usr/bin/env bash
# Takes the database from schema 2 to 3: the point of no return.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
service state finish-migration
