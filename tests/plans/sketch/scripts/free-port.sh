#!/usr/bin/env bash
# Ends the process of this machine that listens on API_PORT (default 8080).
set -euo pipefail
pids=$(ss -Hltnp "sport = :${API_PORT:-8080}" | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u)
for pid in $pids; do
  kill "$pid"
done
