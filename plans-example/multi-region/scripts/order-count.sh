#!/usr/bin/env bash
# Prints the number of orders in the cluster that is in use.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

cluster=$("$(dirname "${BASH_SOURCE[0]}")/live-cluster.sh")
on "$cluster" -c 'SELECT count(*) FROM orders'
