#!/usr/bin/env bash
# Starts the CI/CD workflow on GitHub for the previous version and waits for its end.
# Needs GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_TOKEN, WORKFLOW_REF, PREVIOUS_VERSION, DEPLOY_ENVIRONMENT,
# OPERATION and RUN_ID. The workflow's run-name must end with its input `request`: that is how the run is found again.
set -euo pipefail
: "${GITHUB_API_URL:?}" "${GITHUB_REPOSITORY:?}" "${GITHUB_TOKEN:?}" "${WORKFLOW_REF:?}" "${PREVIOUS_VERSION:?}"
: "${DEPLOY_ENVIRONMENT:?}" "${OPERATION:?}" "${RUN_ID:?}"

request="$OPERATION/$RUN_ID"
workflow="$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/actions/workflows/ci-cd.yml"

api() {
  # The token goes in by a file descriptor: the command line of a process is public.
  curl --fail-with-body --silent --show-error --max-time 20 \
    --header 'Accept: application/vnd.github+json' --header 'X-GitHub-Api-Version: 2022-11-28' \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$GITHUB_TOKEN") "$@"
}

# Prints the workflow run that this rollback started, as JSON; nothing where there is none.
our_run() {
  api "$workflow/runs?event=workflow_dispatch&per_page=30" |
    jq -c --arg request "$request" 'first(.workflow_runs[] | select(.display_title | endswith($request)))'
}

# After a crash the run may be there already; a second one would deploy at the same time.
known=$(our_run)
if [[ -z $known ]]; then
  jq -n --arg ref "$WORKFLOW_REF" --arg environment "$DEPLOY_ENVIRONMENT" --arg version "$PREVIOUS_VERSION" \
    --arg request "$request" '{ref: $ref, inputs: {environment: $environment, version: $version, request: $request}}' |
    api --request POST --data @- "$workflow/dispatches"
fi

# The step's timeout ends this loop when GitHub does not.
until run=$(our_run) && [[ $(jq -r '.status' <<<"$run") == completed ]]; do
  sleep "${POLL_SECONDS:-5}"
done

conclusion=$(jq -r '.conclusion' <<<"$run")
echo "The workflow run ended: $conclusion ($(jq -r '.html_url' <<<"$run"))."
[[ $conclusion == success ]]
