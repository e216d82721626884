#!/usr/bin/env bash
# Puts the database back: restore-database.sh ARCHIVE. May be run again. Needs MONGO_URI; nothing else may write.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
archive=${1:?the archive}
gzip --test "$archive" # before anything is dropped

# The whole database: `mongorestore --drop` alone leaves the collections that only the release has.
DATABASE=$database mongosh --quiet --norc --nodb --eval '
  connect(process.env.MONGO_URI).getSiblingDB(process.env.DATABASE).dropDatabase();'
mongorestore --quiet --config <(mongo_config) --gzip --archive="$archive" --nsInclude="$database.*" --stopOnError
