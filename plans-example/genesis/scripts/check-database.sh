#!/usr/bin/env bash
# Fails unless MongoDB itself finds every collection in order. Needs MONGO_URI.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
DATABASE=$database mongosh --quiet --norc --nodb --eval '
  const genesis = connect(process.env.MONGO_URI).getSiblingDB(process.env.DATABASE);
  const names = genesis.getCollectionInfos({type: "collection"}).map((info) => info.name);
  const damaged = names.filter((name) => !genesis.runCommand({validate: name}).valid);
  print(damaged.length ? "damaged: " + damaged.join(", ") : names.length + " collections in order");
  if (damaged.length || !names.length) quit(1);'
