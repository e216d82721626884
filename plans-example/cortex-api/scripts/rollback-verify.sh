#!/usr/bin/env bash
# Says whether cluster, database and cache can be reached and changed; names everything that cannot, then fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

bad=0
problem() {
  echo "not ready: $1" >&2
  bad=1
}

for right in "patch deployments" "patch deployments/scale" "patch ingresses" "update configmaps" "delete deployments"; do
  # shellcheck disable=SC2086 # verb and resource are two words
  kube auth can-i --quiet $right || problem "kubectl may not $right"
done
for deployment in api-service auth-service; do
  kube get deployment "$deployment" -o name > /dev/null || problem "there is no deployment $deployment"
done
sql -c "SELECT 1/(pg_has_role(datdba, 'usage'))::int FROM pg_database WHERE datname = current_database()" > /dev/null ||
  problem "the database cannot be reached as its owner"
[[ $(redis PING) == PONG ]] || problem "the cache does not answer"
exit "$bad"
