#!/usr/bin/env bash
# Prints the last hour of what the dashboard shows, one JSON document a metric. Needs PROMETHEUS_URL.
set -euo pipefail
end=$(date +%s)
for expression in up genesis_test_pass_rate \
  'sum by (status) (rate(genesis_requests_total[1m]))' \
  'histogram_quantile(0.95, sum by (le) (rate(genesis_request_duration_seconds_bucket[1m])))'; do
  curl --fail --silent --show-error --max-time 10 --get "$PROMETHEUS_URL/api/v1/query_range" \
    --data-urlencode "query=$expression" --data-urlencode "start=$((end - 3600))" \
    --data-urlencode "end=$end" --data-urlencode step=15 | jq -c --arg expression "$expression" '{$expression, data}'
done
