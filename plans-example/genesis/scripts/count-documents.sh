#!/usr/bin/env bash
# Prints how many documents the collections of the previous version hold. Needs MONGO_URI.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
DATABASE=$database mongosh --quiet --norc --nodb --eval '
  const genesis = connect(process.env.MONGO_URI).getSiblingDB(process.env.DATABASE);
  const collections = genesis.getCollectionNames().filter((name) => !/^(system\.|phase_4_)/.test(name));
  print(collections.reduce((sum, name) => sum + genesis.getCollection(name).countDocuments({}), 0));'
