# shellcheck shell=bash
# Sourced by the other scripts. ENVIRONMENT and REGION name the clusters.
: "${ENVIRONMENT:?the name of the environment}" "${REGION:?the region}"

application_role=orders_app
# shellcheck disable=SC2034
way_back=orders_way_back # the subscription on the old cluster, its slot and the publication on the new one

# SQL on one of the two clusters: on old|new [ARGUMENTS OF PSQL]
on() {
  local which=$1
  shift
  psql -X -q -At -v ON_ERROR_STOP=1 "$@" "service=orders-$which-$ENVIRONMENT-$REGION"
}

# How one cluster reaches the other: address_of old|new
address_of() {
  on "$1" -f - <<< '\echo host=:HOST port=:PORT dbname=:DBNAME user='"$REPLICATION_USER"
}

# Where a cluster's log ends, with all that was committed in it: end_of_log old|new
# A commit that did not wait for the disk is in no log yet. The message is behind it, and waits.
end_of_log() {
  on "$1" -c 'SET synchronous_commit = local' -c "SELECT pg_logical_emit_message(true, 'end of log', '')" \
    -c 'SELECT pg_current_wal_lsn()' | tail -n 1
}

kube() {
  kubectl --context "$REGION" --namespace "$NAMESPACE" --request-timeout=10s "$@"
}

# The global load balancer: traffic METHOD PATH [ARGUMENTS OF CURL]. The token is no argument: those can be seen.
traffic() {
  local method=$1 path=$2
  shift 2
  curl --fail-with-body --silent --show-error --max-time 5 --request "$method" \
    --header @<(printf 'Authorization: Bearer %s\n' "$TRAFFIC_TOKEN") "$@" "$TRAFFIC_API$path"
}

# Lets the application into a cluster, or puts it out: let_in CLUSTER, put_out CLUSTER
let_in() {
  on "$1" -c "ALTER ROLE $application_role LOGIN"
}

put_out() {
  on "$1" -c "ALTER ROLE $application_role NOLOGIN" \
    -c "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = '$application_role'" > /dev/null
}

not_in_production() {
  if [[ $ENVIRONMENT == production ]]; then
    echo "error: ${0##*/} is for rehearsals and does nothing in production." >&2
    exit 2
  fi
}
