#!/usr/bin/env bash
# Says whether the registry has an image by its digest: registry-has.sh IMAGE
set -euo pipefail
image=${1:?the image, with tag and digest}

# Of NAME:TAG@DIGEST docker asks for the tag and does not look at the digest.
name=${image%@*}
docker manifest inspect "${name%:*}@${image##*@}" > /dev/null
