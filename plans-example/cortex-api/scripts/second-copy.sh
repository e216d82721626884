#!/usr/bin/env bash
# Dumps the database to other storage (SECOND_COPY_DIR) and prints the checksum line that goes into the baseline.
set -euo pipefail
: "${DATABASE_URL:?}" "${SECOND_COPY_DIR:?}" "${OPERATION:?}"

umask 077
mkdir -p "$SECOND_COPY_DIR"
copy=$SECOND_COPY_DIR/$OPERATION.dump
pg_dump --format=custom --file "$copy.part" "$DATABASE_URL"
mv "$copy.part" "$copy"
sha256sum "$copy"
