#!/usr/bin/env bash
# Rehearsals only: the API hangs, as in a deadlock: connections are accepted and nothing answers.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
not_in_production
systemctl kill --signal=SIGSTOP samia-tarot-api.service
