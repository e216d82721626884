#!/usr/bin/env bash
# Lets the application into the old cluster. Refuses while it is let into the new one: one writer, never two.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

if [[ $(on new -c "SELECT rolcanlogin FROM pg_roles WHERE rolname = '$application_role'") != f ]]; then
  echo "error: $application_role may still log in to the new cluster." >&2
  exit 1
fi
let_in old
