#!/usr/bin/env bash
# Runs tests of the version on disk against the running service: run-tests.sh TESTS… Needs GENESIS_HOME.
set -euo pipefail
cd "$GENESIS_HOME"
exec python3 -m pytest -p no:cacheprovider -q --tb=short "$@"
