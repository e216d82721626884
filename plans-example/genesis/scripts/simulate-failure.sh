#!/usr/bin/env bash
# Rehearsals only: simulate-failure.sh start|stop. Phase 4 looks for its backend where nobody listens, and a load asks
# all the time: the base system stays well, requests on the Phase 4 path fail. Needs GENESIS_HOME, BASE_URL.
set -euo pipefail
scripts=$(dirname "${BASH_SOURCE[0]}")
source "$scripts/common.sh"
not_in_production
load=$GENESIS_HOME/logs/rehearsal-load.pid

end_load() {
  [[ ! -f $load ]] || kill "$(<"$load")" || echo "the load has ended already"
  rm -f "$load"
}

case ${1:?start or stop} in
  start)
    end_load
    PHASE_4_BACKEND_URL=http://127.0.0.1:9 "$scripts/start-service.sh"
    curl --fail --silent --show-error --max-time 5 --json '{"enabled": true, "rollout_percentage": 100}' \
      "$BASE_URL/api/feature-flags/phase_4_deployment"
    # shellcheck disable=SC2016 # the inner bash has BASE_URL too
    setsid bash -c 'while sleep 0.2; do curl --silent --max-time 5 --output /dev/null "$BASE_URL/api/agents"; done' \
      </dev/null >/dev/null 2>&1 &
    echo $! >"$load"
    ;;
  stop) end_load ;;
  *)
    echo "usage: ${0##*/} start|stop" >&2
    exit 2
    ;;
esac
