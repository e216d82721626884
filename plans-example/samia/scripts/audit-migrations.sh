#!/usr/bin/env bash
# Prints what the running release says of the migrations, and fails where it finds something wrong. Needs SAMIA_HOME.
set -euo pipefail
cd "$SAMIA_HOME/current"
exec venv/bin/python migrate.py audit
