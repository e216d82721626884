#!/usr/bin/env bash
# Prints how many ERROR lines the service's log has of the last five minutes. Needs GENESIS_HOME.
set -euo pipefail
since=$(date --utc --date '5 minutes ago' +%Y-%m-%dT%H:%M:%S)
# Every line begins with its time, as 2025-10-18T12:00:00Z. A missing log is an error, not a zero.
awk -v since="$since" 'substr($1, 1, 19) >= since && /ERROR/ { count++ } END { print count + 0 }' \
  "$GENESIS_HOME/logs/infrastructure.log"
