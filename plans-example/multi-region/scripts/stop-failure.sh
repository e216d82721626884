#!/usr/bin/env bash
# Rehearsals only: takes back what simulate-failure.sh did.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

not_in_production
on new -c "ALTER ROLE $application_role CONNECTION LIMIT -1"
