#!/usr/bin/env bash
# Compares the rows of every table with a dump and shows every difference: compare-with-dump.sh DUMP
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
dump=${1:?the dump}

in_dump=$(pg_restore --data-only --file - "$dump" | awk '
  counting && $0 == "\\." { print table, rows; counting = 0; next }
  counting { rows++; next }
  /^COPY / { table = $2; rows = 0; counting = 1 }')
if [[ -z $in_dump ]]; then
  echo "error: there is no table in $dump." >&2
  exit 1
fi

different=0
while read -r table rows; do
  now=$(sql -c "SELECT count(*) FROM $table" < /dev/null)
  if ((now == rows)); then
    echo "$table: $rows rows"
  else
    echo "$table: $rows rows in the dump, $now in the database" >&2
    different=1
  fi
done <<< "$in_dump"
exit "$different"
