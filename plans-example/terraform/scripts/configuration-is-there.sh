#!/usr/bin/env bash
# Says whether the commit with the previous configuration can be had; fetches it where it is not here.
set -euo pipefail

cd "$TERRAFORM_DIRECTORY"
if ! git cat-file -e "$PREVIOUS_CONFIGURATION^{commit}" 2> /dev/null; then
  git fetch --quiet origin "$PREVIOUS_CONFIGURATION"
fi
git cat-file -e "$PREVIOUS_CONFIGURATION:./main.tf"
