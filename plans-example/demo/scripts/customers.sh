#!/usr/bin/env bash
# Sends customers in the background, or away again: customers.sh start [SECONDS] | stop
set -euo pipefail
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
state="${DEMO_STATE:-$demo/.demo}/${ENVIRONMENT:?the environment is named by ENVIRONMENT}"
pid_file="$state/customers.pid"

stop() {
  [ -e "$pid_file" ] || return 0
  kill "$(cat "$pid_file")" 2>/dev/null || true # they may have left by themselves
  rm -f "$pid_file"
}

case "${1:-}" in
  start)
    stop
    mkdir -p "$state"
    setsid nohup python3 "$demo/load.py" --url "http://127.0.0.1:${PORT:?}" --rate 40 --seconds "${2:-60}" --quiet \
      >"$state/customers.log" 2>&1 </dev/null 8>&- 9>&- &
    echo "$!" >"$pid_file"
    ;;
  stop) stop ;;
  *)
    echo "customers.sh: start [SECONDS] or stop" >&2
    exit 2
    ;;
esac
