#!/usr/bin/env bash
# Builds a release again from its pinned commit: rebuild-release.sh VERSION COMMIT. May be run again.
# Needs SAMIA_HOME, SAMIA_REPOSITORY.
set -euo pipefail
version=${1:?the version} commit=${2:?its commit}
release=$SAMIA_HOME/releases/$version
fresh=$(mktemp --directory "$SAMIA_HOME/releases/.rebuild.XXXXXX")
trap 'rm -rf "$fresh"' EXIT
export GIT_TERMINAL_PROMPT=0

git -C "$fresh" init --quiet
git -C "$fresh" fetch --quiet --depth=1 --no-tags "$SAMIA_REPOSITORY" "refs/tags/$version"
found=$(git -C "$fresh" rev-parse 'FETCH_HEAD^{commit}')
if [[ $found != "$commit" ]]; then
  echo "error: tag $version means $found, and the plan says $commit. Somebody has moved it." >&2
  exit 1
fi
git -C "$fresh" checkout --quiet --detach "$commit"
rm -rf "$fresh/.git"
echo "$commit" >"$fresh/REVISION"

# The damaged one is moved away first: an environment has its own path inside, so it is made where it will stay.
if [[ -e $release ]]; then
  mv --no-target-directory "$release" "$release.damaged-$(date --utc +%Y%m%dT%H%M%SZ)"
fi
mv --no-target-directory "$fresh" "$release"
python3 -m venv "$release/venv"
"$release/venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check --require-hashes \
  --requirement "$release/requirements.lock"
chmod 755 "$release"
