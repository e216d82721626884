#!/usr/bin/env bash
# Says whether everything can be reached and changed; names all that cannot, then fails.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

bad=0
problem() {
  echo "not ready: $1" >&2
  bad=1
}

for cluster in old new; do
  on "$cluster" -c 'SELECT 1/(rolsuper OR rolcreaterole)::int FROM pg_roles WHERE rolname = current_user' > /dev/null ||
    problem "the $cluster cluster cannot be reached with the right to let the application in"
done
[[ $("$(dirname "${BASH_SOURCE[0]}")/way-back.sh") == streaming* ]] || problem "the way back does not work"
for right in "patch services" "patch deployments"; do
  # shellcheck disable=SC2086 # verb and resource are two words
  kube auth can-i --quiet $right || problem "kubectl may not $right"
done
traffic GET "/regions/$REGION" > /dev/null || problem "the global load balancer does not answer"
exit "$bad"
