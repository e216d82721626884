#!/usr/bin/env bash
# Puts a workflow in the place of what is there: restore-workflow.sh FILE
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

writable < "${1:?the file}" | put_workflow
