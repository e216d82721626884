# shellcheck shell=bash
# Sourced by every script. The environment is named by ENVIRONMENT, PORT and, if not .demo, DEMO_STATE.
demo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
export PYTHONDONTWRITEBYTECODE=1 # what a plan's digest covers must not change by being run

service() {
  python3 "$demo/service" "$@"
}
