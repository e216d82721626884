#!/usr/bin/env bash
# Prints which cluster the name of the database leads to: old or new.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

host=$(kube get service orders-db -o jsonpath='{.spec.externalName}')
case $host in
  orders-old.*) echo old ;;
  orders-new.*) echo new ;;
  *) echo "error: orders-db leads to '$host'" >&2 && exit 1 ;;
esac
