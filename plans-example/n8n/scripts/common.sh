# shellcheck shell=bash
# Sourced by the other scripts. Needs N8N_URL, WORKFLOW_ID and N8N_API_KEY.
# shellcheck disable=SC2034
workflow=workflows/${WORKFLOW_ID:?the id of the workflow}

# n8n METHOD PATH [ARGUMENTS OF CURL]. The key is no argument: those can be seen by everybody on this machine.
n8n() {
  local method=$1 path=$2
  shift 2
  curl --fail-with-body --silent --show-error --max-time 8 --request "$method" \
    --header @<(printf 'X-N8N-API-KEY: %s\n' "$N8N_API_KEY") "$@" "$N8N_URL/api/v1/$path"
}

# Of a workflow, what n8n takes back; everything else is read-only and a reason to refuse it.
writable() {
  jq --sort-keys '{name, nodes, connections, settings}'
}

put_workflow() {
  n8n PUT "$workflow" --header 'Content-Type: application/json' --data @- > /dev/null
}
