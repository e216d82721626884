#!/usr/bin/env bash
# Makes a release the current one, at once: switch-release.sh VERSION COMMIT. Needs SAMIA_HOME.
set -euo pipefail
version=${1:?the version} commit=${2:?its commit}
revision=$(<"$SAMIA_HOME/releases/$version/REVISION")
if [[ $revision != "$commit" ]]; then
  echo "error: the release $version was built from $revision, and the plan says $commit." >&2
  exit 1
fi
ln --symbolic --force --no-dereference "releases/$version" "$SAMIA_HOME/current.next"
mv --no-target-directory "$SAMIA_HOME/current.next" "$SAMIA_HOME/current"
echo "current is $version ($commit)"
