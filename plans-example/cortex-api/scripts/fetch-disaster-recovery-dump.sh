#!/usr/bin/env bash
# Fetches the newest nightly dump out of DR_BUCKET: fetch-disaster-recovery-dump.sh FILE
set -euo pipefail
file=${1:?where to put it}

newest=$(aws s3api list-objects-v2 --bucket "$DR_BUCKET" --prefix postgresql-primary/ \
  --query 'sort_by(Contents, &LastModified)[-1].Key' --output text)
if [[ -z $newest || $newest == None ]]; then
  echo "error: there is no dump under s3://$DR_BUCKET/postgresql-primary/." >&2
  exit 1
fi
echo "restoring from $newest"
aws s3 cp --only-show-errors "s3://$DR_BUCKET/$newest" "$file"
pg_restore --list "$file" > /dev/null
