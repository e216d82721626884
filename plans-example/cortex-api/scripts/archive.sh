#!/usr/bin/env bash
# Keeps the logs of the last half hour and copies the incident folder to the audit trail.
# Dumps hold personal data and .state raw output: both stay out of it.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for service in api-service auth-service; do
  kube logs --selector "app=$service" --since=30m --tail=-1 --prefix > "$INCIDENT_DIR/rollback-logs-$service.txt"
done
aws s3 cp --recursive --only-show-errors --exclude '*.dump' --exclude 'users-lost.txt' --exclude '.state/*' \
  "$INCIDENT_DIR" "s3://$AUDIT_BUCKET/rollbacks/$OPERATION/$RUN_ID/"
