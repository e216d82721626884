#!/usr/bin/env bash
# Registers a user, looks at the profile, and removes both again. Needs BASE_URL, RUN_ID.
set -euo pipefail
call() {
  curl --fail --silent --show-error --max-time 5 "$@"
}

email="rollback-check+$RUN_ID-$RANDOM@samia-tarot.com"
password=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
user=$(jq -n --arg email "$email" --arg password "$password" '{$email, $password, name: "Rollback check"}')
token=$(call --json @- "$BASE_URL/api/auth/register" <<<"$user" | jq -er .token)

seen=$(call --header @<(echo "Authorization: Bearer $token") "$BASE_URL/api/profile" | jq -r .email) || seen=nothing
call --header @<(echo "Authorization: Bearer $token") --request DELETE --output /dev/null "$BASE_URL/api/profile"
if [[ $seen != "$email" ]]; then
  echo "error: the new user's profile shows $seen instead of $email." >&2
  exit 1
fi
