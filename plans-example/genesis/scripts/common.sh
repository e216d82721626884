# shellcheck shell=bash
# shellcheck disable=SC2034 # these names are for the scripts that source this
# Sourced by the other scripts. Needs GENESIS_HOME.

service=genesis-orchestration
database=genesis

# What lives in the work tree and belongs to no version: never overwritten, never deleted, not in the backup.
never_touch=(.git .env logs data incidents monitoring/metrics_snapshot.json config/feature_flags_override.json)

# The version of the files on disk; every release commits its own.
version_on_disk() {
  tr -d '[:space:]' <"$GENESIS_HOME/PRODUCTION_VERSION.txt"
}

# Always the same project, wherever it is called from. compose.yaml names the image
# genesis-orchestration:$GENESIS_VERSION.
compose() {
  local version
  version=$(version_on_disk)
  GENESIS_VERSION=$version docker compose --project-name genesis --project-directory "$GENESIS_HOME" "$@"
}

# Tags can be moved: a tag counts only while it still means the commit that was reviewed. pinned TAG COMMIT
pinned() {
  local found
  if ! found=$(git -C "$GENESIS_HOME" rev-parse --verify --quiet "refs/tags/$1^{commit}"); then
    echo "error: there is no tag $1 in $GENESIS_HOME." >&2
    return 1
  fi
  if [[ $found != "$2" ]]; then
    echo "error: tag $1 means $found, and the plan says $2. Somebody has moved it." >&2
    return 1
  fi
}

# The address of the database holds its password: it goes in by a file that exists for one command only, never as an
# argument.
mongo_config() {
  jq -n '{uri: env.MONGO_URI}'
}

not_in_production() {
  if [[ ${ENVIRONMENT:?the name of the environment} == production ]]; then
    echo "error: ${0##*/} is for rehearsals and does nothing in production." >&2
    exit 2
  fi
}
