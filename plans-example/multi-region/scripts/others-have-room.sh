#!/usr/bin/env bash
# Says whether the other regions can carry the traffic of this one.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

traffic GET /regions | jq -re --arg region "$REGION" '
  (map(select(.name != $region and .healthy) | .capacity - .requests_per_second) | add // 0) as $room |
  (map(select(.name == $region) | .requests_per_second) | add) as $needed |
  if $room >= $needed then "room for \($room) requests a second, \($needed) needed"
  else "error: room for \($room) requests a second, \($needed) needed\n" | halt_error(1) end'
