#!/usr/bin/env bash
# Install rollback-gov into a folder of its own: each file with the SHA-256 that requirements.txt pins.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
home=$RUNNER_TEMP/rollback-gov
wanted=${INPUT_VERSION:-$root}
if [ "$(cat "$home/installed" 2> /dev/null)" = "$wanted" ]; then
  exit 0 # by an earlier step of this job
fi
if [ -n "${INPUT_INDEX_URL:-}" ]; then
  export PIP_INDEX_URL=$INPUT_INDEX_URL
fi
# -I: the folder that this runs in is the checkout, and no module of it counts.
"$INPUT_PYTHON" -I -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "::error title=rollback-gov::Python 3.11 or newer is needed; the input 'python' names it."
  exit 2
}
"$INPUT_PYTHON" -I -m venv "$home"
install=("$home/bin/python" -I -m pip --disable-pip-version-check install --quiet --no-build-isolation --only-binary :all:)
"${install[@]}" --require-hashes -r "$root/action/build.txt"
# python-terraform has never had a wheel; what builds it is pinned too.
"${install[@]}" --require-hashes --no-binary python-terraform -r "$root/action/requirements.txt"
if [ -z "${INPUT_VERSION:-}" ]; then
  # The code is that of the commit by which the action is used, which is a hash already.
  "${install[@]}" --no-deps --no-index "$root"
else
  pinned='^[0-9][0-9A-Za-z.]*@sha256:[0-9a-f]{64}$'
  if [[ ! $INPUT_VERSION =~ $pinned ]]; then
    echo "::error title=rollback-gov::The input 'version' is VERSION@sha256:HASH, with the hash of the wheel."
    exit 2
  fi
  echo "rollback-gov==${INPUT_VERSION%@*} --hash=${INPUT_VERSION#*@}" > "$home/release.txt"
  "${install[@]}" --no-deps --require-hashes -r "$home/release.txt"
fi
echo "$wanted" > "$home/installed"
