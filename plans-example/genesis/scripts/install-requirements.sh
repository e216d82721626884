#!/usr/bin/env bash
# Installs what the tests and the monitoring of the checked-out version need on this host. Needs GENESIS_HOME.
set -euo pipefail
python3 -m pip install --quiet --no-input --disable-pip-version-check --timeout 10 --retries 1 \
  --requirement "$GENESIS_HOME/requirements_infrastructure.txt"
