#!/usr/bin/env bash
# Ends whoever else listens on the service's port: first politely, after ten seconds not. Needs GENESIS_HOME,
# SERVICE_PORT.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
compose stop --timeout 10 "$service"

# Only listeners: `lsof -ti:8000` also names the clients of that port.
listeners() {
  ss --no-header --listening --tcp --numeric --processes "sport = :$SERVICE_PORT"
}

pids() {
  listeners | grep -o 'pid=[0-9]*' | cut -d= -f2 | sort -u
}

if [[ -z $(listeners) ]]; then
  echo "nobody listens on port $SERVICE_PORT"
  exit 0
fi
mapfile -t found < <(pids)
if ((${#found[@]} == 0)); then
  echo "error: somebody listens on port $SERVICE_PORT, and only root may see who." >&2
  exit 1
fi
ps -o pid=,args= -p "$(IFS=, && echo "${found[*]}")"
if [[ $(ps -o comm= -p "${found[0]}") == docker-proxy ]]; then
  echo "error: a container of another project has the port; see: docker ps --filter publish=$SERVICE_PORT" >&2
  exit 1
fi

kill -TERM "${found[@]}"
for _ in {1..50}; do
  [[ -n $(listeners) ]] || exit 0
  sleep 0.2
done
mapfile -t found < <(pids)
kill -KILL "${found[@]}"
