#!/usr/bin/env bash
# Compares both clusters table by table and shows every difference.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

folder=$(dirname "${BASH_SOURCE[0]}")
new=$("$folder/fingerprint.sh" new)
old=$("$folder/fingerprint.sh" old)
if [[ -z $new ]]; then
  echo "error: the new cluster has no tables." >&2
  exit 1
fi
diff --label new --label old <(echo "$new") <(echo "$old")
echo "$new"
