# shellcheck shell=bash
# Sourced by the other scripts. psql, pg_dump and pg_restore find the database by PGHOST, PGPORT, PGUSER, PGPASSWORD and
# PGDATABASE (the PG variables), so that no password stands on a command line.

sql() {
  psql -X -q -At -v ON_ERROR_STOP=1 "$@"
}

redis() {
  redis-cli -e -h "$REDIS_HOST" -p "$REDIS_PORT" "$@" # -e: an error reply is an error
}

# Asks the production monitoring service: monitoring PATH. The credentials go in by a file, not as an argument.
monitoring() {
  curl --fail --silent --show-error --max-time 5 --header @<(printf 'Authorization: %s\n' "$MONITORING_AUTHORIZATION") \
    "$MONITORING_URL$1"
}

# The database that a restore has replaced; it is kept under this name. Names have room for 63 bytes.
failed_database() {
  local name=${PGDATABASE}_failed_${RUN_ID//[^A-Za-z0-9]/_}
  echo "${name:0:63}"
}

# Which scenario this run runs; nothing for the whole plan. The journal is where a run says what it is.
scenario() {
  local journal=${INCIDENT_DIR:-}/journal.jsonl
  [[ ! -f $journal ]] || jq -rn 'first(inputs | select(.type == "run.started") | .data.scenario)' "$journal"
}

not_in_production() {
  if [[ ${ENVIRONMENT:?the name of the environment} == production ]]; then
    echo "error: ${0##*/} is for rehearsals and does nothing in production." >&2
    exit 2
  fi
}
