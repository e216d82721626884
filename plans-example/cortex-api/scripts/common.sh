# shellcheck shell=bash
# Sourced by the other scripts.

release=v2.1 # what the change brought carries this suffix
canary_weight=nginx.ingress.kubernetes.io/canary-weight

# Never without context, namespace and a limit: what the operator's kubeconfig points at is nobody's business here.
kube() {
  kubectl --context "$KUBE_CONTEXT" --namespace "$NAMESPACE" --request-timeout=10s "$@"
}

sql() {
  psql -X -q -At -v ON_ERROR_STOP=1 "$DATABASE_URL" "$@"
}

redis() {
  redis-cli -e -h "$REDIS_HOST" -p "$REDIS_PORT" "$@" # -e: an error reply is an error
}

# Per cent of a service's traffic that goes to the release: release_share SERVICE
release_share() {
  kube get ingress "$1-$release" --ignore-not-found -o json |
    jq -rn --arg weight "$canary_weight" 'first(inputs) // {} | .metadata.annotations[$weight] // "0"'
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
