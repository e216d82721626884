#!/usr/bin/env bash
# Says whether the schema is the one that this rollback leads to: that of v2.0.5 after the whole plan, with 001-007 on
# top where v2.1 goes on, and anything up to 007 where the database was not rolled back.
set -euo pipefail
folder=$(dirname "${BASH_SOURCE[0]}")
source "$folder/common.sh"

level=$("$folder/migration-level.sh")
case $(scenario) in
  database-only) least=7 most=7 ;;
  application-only | auth-only) least=0 most=7 ;;
  *) least=0 most=0 ;;
esac
if ((level < least || level > most)); then
  echo "migration level $level, expected $least to $most" >&2
  exit 1
fi
echo "migration level $level"
