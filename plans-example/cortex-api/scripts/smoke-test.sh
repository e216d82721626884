#!/usr/bin/env bash
# Critical paths, as a user goes them: log in, be recognised, be refused with a wrong password.
# Needs LOAD_BALANCER_URL, SMOKE_USER and SMOKE_PASSWORD.
set -euo pipefail

request() {
  curl --silent --show-error --max-time 8 --write-out '\n%{http_code}' "$@"
}

# The password travels on stdin: arguments can be seen by everybody on this machine.
login() {
  jq -n --arg user "$SMOKE_USER" --arg password "$1" '{email: $user, password: $password}' |
    request --header 'Content-Type: application/json' --data @- "$LOAD_BALANCER_URL/auth/login"
}

answer=$(login "$SMOKE_PASSWORD")
token=$(head -n -1 <<< "$answer" | jq -er .token) || { echo "login failed with ${answer##*$'\n'}" >&2 && exit 1; }

answer=$(request --config - "$LOAD_BALANCER_URL/api/v1/me" <<< "header = \"Authorization: Bearer $token\"")
email=$(head -n -1 <<< "$answer" | jq -er .email) || { echo "/api/v1/me failed with ${answer##*$'\n'}" >&2 && exit 1; }
[[ $email == "$SMOKE_USER" ]] || { echo "/api/v1/me answered for $email" >&2 && exit 1; }

answer=$(login "not-$SMOKE_PASSWORD")
[[ ${answer##*$'\n'} == 401 ]] || { echo "a wrong password was answered with ${answer##*$'\n'}, not 401" >&2 && exit 1; }
echo "login, own account and refusal work"
